"""Runs the tests of this folder and closes with `N passed, N failed`.

    python3 run_suite.py [MODULE…]

Wants TCDB_MOCK_SERVER (the mock server), TCDB_ASYNC_LIBRARY (the library under test) and src/ on PYTHONPATH, as the
make targets set them.
"""

import faulthandler
import os
import platform
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
# Seconds: several times what the longest test takes on a busy machine.
TEST_LIMIT = 300


class Bounded(unittest.TextTestResult):
    """A test that does not end shows the stack of each thread and ends the run, so that the log says where it hung."""

    def startTest(self, test):
        super().startTest(test)
        faulthandler.dump_traceback_later(TEST_LIMIT, exit=True, file=sys.__stdout__)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)


def main():
    # No test reads the home of whoever runs it, nor what the environment says of the vendor's account or of proxies.
    for name in [*os.environ]:
        if name.startswith("TENCENTCLOUD") or name.upper().endswith("_PROXY"):
            del os.environ[name]
    os.environ["HOME"] = os.path.join(HERE, "no-home")
    sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "..", "tests")]
    import processes

    processes.interruptible()
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    suite = (
        loader.loadTestsFromNames(names) if names else loader.discover(HERE, pattern="test_*.py", top_level_dir=HERE)
    )
    ran = unittest.TextTestRunner(verbosity=2, stream=sys.stdout, resultclass=Bounded).run(suite)
    # A test with several failing subtests is one failed test; what fails outside a test counts too.
    bad = [test for test, _ in [*ran.failures, *ran.errors]] + ran.unexpectedSuccesses
    failed = len({str(getattr(test, "test_case", test)) for test in bad})
    for test, reason in ran.skipped:
        print(f"not run: {test}: {reason}")
    print(f"{platform.python_implementation()} {platform.python_version()}: done")
    print(f"{max(ran.testsRun - failed - len(ran.skipped), 0)} passed, {failed} failed")
    return 1 if failed or not ran.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
