#!/usr/bin/env python3
"""Whether the tests notice a change of the code: every mutant of the parts that tests/proofs/mutants.toml names, by cargo-mutants.

A mutant that no test catches needs a test, or its reason in mutants.txt; else this fails. All mutants but a few are compiled
at once (woven.py), and each costs a run of the unit tests of its module, and of all others only if it survives those.

usage: mutants.py CARGO-MUTANTS [--sample N] [--seed S] [--unit-tests] [--show]
    --sample: N of the woven ones, chosen by --seed, and the unit tests alone; --unit-tests: those alone, for all mutants;
    --show: print survivors as lines for mutants.txt
"""
import argparse
import concurrent.futures
import os
import random
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(HERE))
import processes
import woven

REASONS = os.path.join(HERE, "mutants.txt")
# Per cent of the mutants that compile.
LEAST = 95.0
WORKERS = os.cpu_count() or 2
# Seconds for the tests of one mutant, at least; a loop that a mutant makes endless is caught by it.
PATIENCE = 20
# How mutants.txt begins the reason of one that the unit tests leave to a test of tests/c_api or tests/models.
ELSEWHERE = "caught by "
# Seconds: a test that takes longer runs after the others of its module.
QUICK = 0.2
# Which tests through the C API and which models a mutant of a module meets after the unit tests, the likeliest first.
UNIT_TESTS = ("--lib",)
EVERY_TEST = ("--lib", "--test", "models", "--test", "c_api")
MODULES = {
    "api::": [("c_api", ["signing::", "request::", "replies::", "query::"]),
              ("c_api", ["roles::", "secret_echoes::", "clocks::", "forms::", "corners::", "freshness::"])],
    "credentials::cache::": [("c_api", ["freshness::", "callback::", "nesting::", "reentering::"]), ("c_api", ["roles::", "cvm_role::", "clocks::"])],
    "rate_limit::": [("models", ["pace::"]), ("c_api", ["pacing::", "wait_many::"]), ("models", ["one_account::", "fairness::"])],
    "retry::": [("models", ["one_wait::"]), ("c_api", ["query::", "replies::", "healing::", "deadline::"])],
    "waiter::": [("models", ["one_wait::"]), ("c_api", ["wait_lives::", "wait_stopping::", "wait_stepping::"]), ("c_api", ["wait_queue::"])],
}


def module_of(path):
    module = path.removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::") + "::"
    return next(name for name in MODULES if module.startswith(name))


def tests(program, mutant, arguments, limit, threads=2):
    """What a run of the tests comes to: the first test that fails, "timeout", or None where all pass. It ends with the first failure."""
    environment = {**os.environ, "TCDB_MUTANT": str(mutant), "RUST_BACKTRACE": "0"}
    process = started([program, f"--test-threads={threads}", *arguments], env=environment, stderr=subprocess.DEVNULL)
    hung = threading.Event()
    watch = threading.Timer(limit, lambda: (hung.set(), processes.kill(process)))
    watch.start()
    try:
        for line in process.stdout:
            if line.startswith("test ") and line.rstrip().endswith("FAILED"):
                return line.split()[1]
        code = process.wait()
        return "timeout" if hung.is_set() else None if code == 0 else f"ended with {code}"
    finally:
        watch.cancel()
        processes.end(process)


def started(command, **options):
    return processes.start(command, cwd=woven.TREE, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options)


class Suite:
    """The tests of one build. A mutant meets the quick unit tests of its module, the quick ones of all others, the slow ones of
    its own, the test that mutants.txt names; then, where there is time for it, the other programs' tests."""

    def __init__(self, programs, known):
        self.programs, self.known = programs, known
        took = self.unchanged(programs["tcdb_async"])
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
        """What catches it: a unit test, "PROGRAM TEST", "timeout"; or None."""
        number = mutant.number if number is None else number
        for names, limit in self.stages[module_of(mutant.file)]:
            caught = tests(self.programs["tcdb_async"], number, ["--exact", *names], limit)
            if caught:
                return caught
        return self.caught_beyond(mutant, number) if "c_api" in self.programs else None

    def caught_beyond(self, mutant, number):
        reason = self.known.get(mutant.key, "")
        if reason.startswith(ELSEWHERE):
            program, test = reason.removeprefix(ELSEWHERE).split()
            if tests(self.programs[program], number, ["--exact", test], 4 * PATIENCE):
                return f"{program} {test}"
        for program, words in MODULES[module_of(mutant.file)]:
            passed_once = []
            while test := tests(self.programs[program], number, [*words, *passed_once], 15 * PATIENCE, threads=4):
                # These measure time: what fails once on a busy machine is not a mutant that is caught.
                if "::" not in test or tests(self.programs[program], number, ["--exact", test], 4 * PATIENCE):
                    return f"{program} {test}"
                passed_once += ["--skip", test]
        return None


def run_woven(chosen, targets, known):
    """({mutant: what catches it, or None}, how many do not compile, the suite)."""
    woven.prepare({mutant.file for mutant in chosen})
    programs, unviable = woven.build(chosen, targets)
    print(f"{len(chosen)} mutants, {len(unviable)} of them do not compile", flush=True)
    suite = Suite(programs, known)
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


def run_alone(chosen, targets, suite):
    """The same for those that are compiled one by one."""
    results, unviable = {}, 0
    for mutant in chosen:
        text = woven.source(mutant.file)
        woven.prepare()
        woven.write(mutant.file, (text[:mutant.start] + mutant.replacement + text[mutant.end:]).encode())
        suite.programs, errors = woven.compiled(targets)
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
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--unit-tests", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    every = woven.mutants(os.path.abspath(options.tool))
    together = [mutant for mutant in every if not mutant.is_alone]
    alone = [mutant for mutant in every if mutant.is_alone]
    if options.unit_tests:
        alone = []
    if options.sample:
        print(f"a sample of {options.sample} by {options.seed}")
        together, alone = random.Random(options.seed).sample(together, options.sample), []
    known = reasons()
    targets = UNIT_TESTS if options.sample or options.unit_tests else EVERY_TEST
    results, unviable, suite = run_woven(together, targets, known)
    more, more_unviable = run_alone(alone, targets, suite)
    results.update(more)
    survivors = [mutant for mutant, caught in results.items() if not caught]
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
