#!/usr/bin/env python3
"""Runs unittest files and closes with `N passed, N failed`.

    python3 tests/suite.py FILE... [-k PATTERN]...

Every subtest counts, and every test without one. If nothing but skips remains, the exit code is 77 and the last line
gives the reason. TCDB_BUILD chooses the build under test (tests/fixture.py); make sets it from BUILD.
"""
import argparse
import os
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "mock-server")]
import processes  # noqa: E402

SKIP = 77


class Counts(unittest.TextTestResult):
    """Counts subtests as tests."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed, self.failed, self._subtests = 0, 0, 0

    def startTest(self, test):
        self._subtests = self.passed + self.failed
        super().startTest(test)

    def addSubTest(self, test, subtest, failure):
        super().addSubTest(test, subtest, failure)
        self._add(failure is None)

    def addSuccess(self, test):
        super().addSuccess(test)
        # The test of its subtests is none of its own.
        if self.passed + self.failed == self._subtests:
            self._add(True)

    def addFailure(self, test, failure):
        super().addFailure(test, failure)
        self._add(False)

    def addError(self, test, failure):
        super().addError(test, failure)
        self._add(False)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._add(False)

    def _add(self, passed):
        self.passed, self.failed = self.passed + passed, self.failed + (not passed)


def load(files, patterns):
    loader = unittest.TestLoader()
    # As unittest's own -k: a word matches itself anywhere in the name.
    loader.testNamePatterns = [p if "*" in p else f"*{p}*" for p in patterns] or None
    suite = unittest.TestSuite()
    for file in files:
        path = Path(file).resolve()
        sys.path.insert(0, str(path.parent))
        suite.addTests(loader.loadTestsFromName(path.stem))
    return suite


def nothing_of_the_callers_own():
    """No test reads the home of whoever runs it, nor what the environment says of an account or of proxies."""
    for name in list(os.environ):
        if name.startswith(("TENCENTCLOUD_", "TCCLI_", "TKE_")) or name.upper().endswith("_PROXY"):
            del os.environ[name]


def main():
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("files", nargs="+")
    given.add_argument("-k", action="append", default=[], metavar="PATTERN")
    given = given.parse_args()
    processes.interruptible()
    nothing_of_the_callers_own()
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Counts)
    ran = runner.run(load(given.files, given.k))
    sys.stdout.flush()
    if ran.skipped and not ran.passed and not ran.failed:
        print(f"skipped: {ran.skipped[0][1]}")
        return SKIP
    for test, reason in ran.skipped:
        print(f"not run: {test}: {reason}")
    # What fails outside a test, in setUpClass say, counts by addError; no test at all is a failure too.
    failed = ran.failed or int(not ran.passed)
    print(f"{ran.passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
