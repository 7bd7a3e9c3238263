#!/usr/bin/env python3
"""Whether the tests notice a change of the code: every mutant of the parts that .cargo/mutants.toml names, by cargo-mutants.

A mutant that no test catches needs a test, or its reason in mutants.txt; else this fails. All mutants but a few are compiled
at once (woven.py), and each costs a run of the unit tests of its module, and of all others only if it survives those.

usage: mutants.py CARGO-MUTANTS [--sample N] [--seed S] [--show]
    --sample: N of the woven ones, chosen by --seed (today's date unless given); --show: print survivors as lines for mutants.txt
"""
import argparse
import concurrent.futures
import datetime
import os
import random
import signal
import subprocess
import threading
import time

import woven

HERE = os.path.dirname(os.path.abspath(__file__))
REASONS = os.path.join(HERE, "mutants.txt")
# Per cent of the mutants that compile.
LEAST = 95.0
WORKERS = os.cpu_count() or 2
# Seconds for the tests of one mutant, at least; a loop that a mutant makes endless is caught by it.
PATIENCE = 20
# Seconds: a test that takes longer runs after the others of its module.
QUICK = 0.2
# Where the tests of a file are first looked for.
MODULES = ("api::", "credentials::cache::", "rate_limit::", "retry::", "waiter::")


def module_of(path):
    module = path.removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::") + "::"
    return next(name for name in MODULES if module.startswith(name))


def tests(program, mutant, arguments, limit):
    """What a run of the tests comes to: the first test that fails, "timeout", or None where all pass. It ends with the first failure."""
    environment = {**os.environ, "TCDB_MUTANT": str(mutant), "RUST_BACKTRACE": "0"}
    process = subprocess.Popen([program, "--test-threads=2", *arguments], cwd=woven.TREE, env=environment, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    ended = threading.Event()

    def end():
        if not ended.wait(limit):
            os.killpg(process.pid, signal.SIGKILL)
    watch = threading.Thread(target=end)
    watch.start()
    started, failed = time.monotonic(), None
    for line in process.stdout:
        if line.startswith("test ") and line.rstrip().endswith("FAILED"):
            failed = line.split()[1]
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    code = process.wait()
    ended.set()
    watch.join()
    if failed:
        return failed
    if code == -signal.SIGKILL and time.monotonic() - started >= limit:
        return "timeout"
    return None if code == 0 else f"ended with {code}"


class Suite:
    """The unit tests of one build. A mutant meets the quick tests of its module, then its others, then all the rest."""

    def __init__(self, program):
        self.program = program
        took = self.unchanged()
        self.stages = {module: self.stages_of(module, took) for module in MODULES}

    def unchanged(self):
        """{test: seconds}, where nothing is changed; each has to pass."""
        command = [self.program, "--test-threads=1"]
        process = subprocess.Popen(command, cwd=woven.TREE, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        took, before = {}, time.monotonic()
        for line in process.stdout:
            now = time.monotonic()
            words = line.split()
            if line.startswith("test ") and words[-1] == "ok":
                took[words[1]] = now - before
            before = now
        if process.wait():
            raise SystemExit("FAILED: a test without any mutant; `cargo test --lib` says which")
        return took

    @staticmethod
    def stages_of(module, took):
        """[(the arguments that choose these tests, a bound of seconds)]."""
        own = [name for name in took if name.startswith(module)]
        quick = [name for name in own if took[name] < QUICK]
        slow = [name for name in own if took[name] >= QUICK]
        rest = ["--skip", module]
        chosen = [(quick, quick), (slow, slow), (rest, set(took) - set(own))]
        return [(arguments if arguments == rest else ["--exact", *arguments], max(PATIENCE, 5 * sum(took[name] for name in names)))
                for arguments, names in chosen if names]

    def catches(self, mutant, number=None):
        for arguments, limit in self.stages[module_of(mutant.file)]:
            caught = tests(self.program, mutant.number if number is None else number, arguments, limit)
            if caught:
                return caught
        return None


def run_woven(chosen):
    """({mutant: what catches it, or None}, those that do not compile)."""
    woven.prepare({mutant.file for mutant in chosen})
    programs, unviable = woven.build(chosen)
    suite = Suite(programs["tcdb_async"])
    print(f"{len(chosen)} mutants, {len(unviable)} of them do not compile", flush=True)
    viable = [mutant for mutant in chosen if mutant.number not in unviable]
    results = {}
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for mutant, caught in zip(viable, pool.map(suite.catches, viable)):
            results[mutant] = caught
            print(f"{'caught by ' + caught if caught else 'SURVIVED'}: {mutant.name}", flush=True)
    return results, len(unviable), suite


def run_alone(chosen, suite):
    """The same for those that are compiled one by one."""
    results, unviable = {}, 0
    for mutant in chosen:
        text = woven.source(mutant.file)
        woven.prepare()
        woven.write(mutant.file, (text[:mutant.start] + mutant.replacement + text[mutant.end:]).encode())
        programs, errors = woven.compiled()
        if errors:
            unviable += 1
            continue
        suite.program = programs["tcdb_async"]
        results[mutant] = suite.catches(mutant, 0)
        print(f"{'caught by ' + results[mutant] if results[mutant] else 'SURVIVED'}: {mutant.name}", flush=True)
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
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", default=datetime.date.today().isoformat())
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    every = woven.mutants(os.path.abspath(options.tool))
    together = [mutant for mutant in every if not mutant.is_alone]
    alone = [mutant for mutant in every if mutant.is_alone]
    if options.sample:
        print(f"a sample of {options.sample} by {options.seed}")
        together, alone = random.Random(options.seed).sample(together, options.sample), []
    results, unviable, suite = run_woven(together)
    more, more_unviable = run_alone(alone, suite)
    results.update(more)
    survivors = [mutant for mutant, caught in results.items() if not caught]
    known = reasons()
    unexplained = [mutant for mutant in survivors if mutant.key not in known]
    percent = 100.0 * (len(results) - len(survivors)) / max(len(results), 1)
    timeouts = sum(1 for caught in results.values() if caught == "timeout")
    print(f"{len(results)} mutants compile, {unviable + more_unviable} do not; {percent:.1f} % caught, {timeouts} of them by time; "
          f"{len(survivors) - len(unexplained)} survive with a reason")
    for mutant in unexplained:
        print(f"{' | '.join(mutant.key)} | " if options.show else f"FAILED: no test catches it, and mutants.txt gives no reason: {mutant.name}")
    if not options.sample:
        for key in sorted(set(known) - {mutant.key for mutant in survivors}):
            print(f"caught now: {' | '.join(key)}")
    too_few = percent < LEAST and not options.sample
    if too_few:
        print(f"FAILED: {percent:.1f} % are caught; {LEAST} % is the least")
    failed = len(unexplained) + too_few
    print(f"{len(results) - len(unexplained)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
