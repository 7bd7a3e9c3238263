#!/usr/bin/env python3
"""Whether the unit tests notice a change of the code: every mutant, by cargo-mutants, of the parts that mutants.toml names.

A mutant that no test catches needs a test, or its reason in mutants.txt; else this fails. All mutants but a few are compiled
at once (woven.py), and each costs a run of the unit tests of its module, and of all others only if it survives those.

usage: mutants.py CARGO-MUTANTS [--files REGEX] [--at-once] [--show]
    --files: those of the files whose paths match; --at-once: without those that are compiled one by one;
    --show: print survivors as lines for mutants.txt
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(HERE))
import processes
import woven

REASONS = os.path.join(HERE, "mutants.txt")
# Per cent of the mutants of a module that compile.
LEAST = 95.0
WORKERS = os.cpu_count() or 2
# Seconds of the processor for the tests of one mutant, at least: a loop that a mutant makes endless is caught by it.
PATIENCE = 10
# How much longer a mutant may sleep: others may keep the machine busy.
SLEEPS = 8
# Seconds: a test that takes longer runs after the others of its module.
QUICK = 0.2
MODULES = ["api::", "credentials::cache::", "rate_limit::", "retry::", "waiter::"]


def module_of(path):
    module = path.removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::") + "::"
    return next(name for name in MODULES if module.startswith(name))


def tests(program, mutant, names, limit):
    """What a run of these tests comes to: the first one that fails, which ends it, "timeout", or None where all pass."""
    environment = {**os.environ, "TCDB_MUTANT": str(mutant), "RUST_BACKTRACE": "0"}
    command = ["sh", "-c", f'ulimit -t {limit:.0f}; exec "$0" "$@"', program, "--test-threads=2", "--exact", *names]
    process = started(command, env=environment, stderr=subprocess.DEVNULL)
    hung = threading.Event()
    watch = threading.Timer(limit * SLEEPS, lambda: (hung.set(), processes.kill(process)))
    watch.start()
    try:
        for line in process.stdout:
            if line.startswith("test ") and line.rstrip().endswith("FAILED"):
                return line.split()[1]
        code = process.wait()
        if hung.is_set() or code in (-signal.SIGXCPU, -signal.SIGKILL):
            return "timeout"
        return None if code == 0 else f"ended with {code}"
    finally:
        watch.cancel()
        processes.end(process)


def started(command, **options):
    return processes.start(command, cwd=woven.TREE, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options)


class Suite:
    """The tests of one build. A mutant meets the quick ones of its module, those of all others, the slow ones of its own."""

    def __init__(self, program):
        self.program = program
        took = self.unchanged(program)
        self.stages = {module: self.stages_of(module, took) for module in MODULES}

    @staticmethod
    def unchanged(program):
        """{test: seconds}, where nothing is changed; each has to pass."""
        process = started([program, "--test-threads=1"], stderr=subprocess.STDOUT)
        took, before = {}, time.monotonic()
        for line in process.stdout:
            now = time.monotonic()
            words = line.split()
            if line.startswith("test ") and words[-1] == "ok":
                took[words[1]] = now - before
            before = now
        code = process.wait()
        processes.end(process)
        if code:
            raise SystemExit("FAILED: a test without any mutant; `cargo test --lib` says which")
        return took

    @staticmethod
    def stages_of(module, took):
        """[(names of unit tests, a bound of seconds)]."""
        own = [name for name in took if name.startswith(module)]
        quick = [name for name in own if took[name] < QUICK]
        slow = [name for name in own if took[name] >= QUICK]
        others = [name for name in took if name not in own and took[name] < QUICK]
        return [(names, max(PATIENCE, 5 * sum(took[name] for name in names))) for names in (quick, others, slow) if names]

    def catches(self, mutant, number=None):
        """What catches it: a test, "timeout"; or None."""
        number = mutant.number if number is None else number
        for names, limit in self.stages[module_of(mutant.file)]:
            caught = tests(self.program, number, names, limit)
            if caught:
                return caught
        return None


def run_woven(chosen):
    """({mutant: what catches it, or None}, how many do not compile, the suite)."""
    woven.prepare({mutant.file for mutant in chosen})
    program, unviable = woven.build(chosen)
    print(f"{len(chosen)} mutants, {len(unviable)} of them do not compile", flush=True)
    suite = Suite(program)
    viable = [mutant for mutant in chosen if mutant.number not in unviable]
    results = {}
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        try:
            for mutant, caught in zip(viable, pool.map(suite.catches, viable)):
                results[mutant] = caught
                report(mutant, caught)
        except BaseException:
            # Ctrl-C: no other is begun.
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end_all()
            raise
    return results, len(unviable), suite


def report(mutant, caught):
    print(f"caught by {caught}: {mutant.name}" if caught else f"SURVIVED: {mutant.name}", flush=True)


def run_alone(chosen, suite):
    """The same for those that are compiled one by one."""
    results, unviable = {}, 0
    for mutant in chosen:
        text = woven.source(mutant.file)
        woven.prepare()
        woven.write(mutant.file, (text[:mutant.start] + mutant.replacement + text[mutant.end:]).encode())
        suite.program, errors = woven.compiled()
        if errors:
            unviable += 1
            continue
        results[mutant] = suite.catches(mutant, 0)
        report(mutant, results[mutant])
    return results, unviable


def reasons():
    """{(file, mutation, text of the line): reason}."""
    listed = {}
    with open(REASONS, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                path, what, rest = line.split(" | ", 2)
                text, reason = rest.rsplit(" | ", 1)
                listed[(path.strip(), what.strip(), text.strip())] = reason.strip()
    return listed


def main():
    processes.interruptible()
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--files", default="")
    parser.add_argument("--at-once", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    every = woven.mutants(os.path.abspath(options.tool))
    chosen = [mutant for mutant in every if re.search(options.files, mutant.file)]
    alone = [mutant for mutant in chosen if mutant.is_alone]
    known = reasons()
    results, unviable, suite = run_woven([mutant for mutant in chosen if not mutant.is_alone])
    if options.at_once:
        print(f"without {len(alone)} that are compiled one by one: `make mutants`")
    more, more_unviable = ({}, 0) if options.at_once else run_alone(alone, suite)
    results.update(more)
    print(f"{len(results)} mutants compile, {unviable + more_unviable} do not")
    outcomes = [holds(module, results, known, options.show) for module in MODULES]
    stale = sorted(set(known) - {mutant.key for mutant in every})
    for key in stale:
        print(f"FAILED: mutants.txt has a reason for what is not a change of today's code: {' | '.join(key)}")
    failed = outcomes.count(False) + bool(stale)
    print(f"{outcomes.count(True)} passed, {failed} failed")
    return 1 if failed else 0


def holds(module, results, known, shows):
    """Whether enough mutants of a module are caught, and each that survives has a reason; None where it has no mutants."""
    caught_by = {mutant: caught for mutant, caught in results.items() if module_of(mutant.file) == module}
    if not caught_by:
        return None
    survivors = [mutant for mutant, caught in caught_by.items() if not caught]
    unexplained = [mutant for mutant in survivors if mutant.key not in known]
    for mutant, caught in caught_by.items():
        if caught and mutant.key in known:
            print(f"mutants.txt has a reason, and {caught} catches it: {mutant.name}")
    for mutant in unexplained:
        said = f"FAILED: no test catches it, and mutants.txt gives no reason: {mutant.name}"
        print(f"{' | '.join(mutant.key)} | " if shows else said)
    caught = len(caught_by) - len(survivors)
    percent = 100.0 * caught / len(caught_by)
    timeouts = list(caught_by.values()).count("timeout")
    print(f"{module.removesuffix('::')}: {caught} of {len(caught_by)} caught, {timeouts} of them by time, {percent:.1f} %; "
          f"{len(survivors) - len(unexplained)} survive with a reason")
    if percent < LEAST:
        print(f"FAILED: {LEAST} % is the least")
    return percent >= LEAST and not unexplained


if __name__ == "__main__":
    raise SystemExit(main())
