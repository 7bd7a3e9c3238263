"""The machinery of the checks: what is counted, what is skipped, and that nothing outlives a check."""
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

import processes
from fixture import ROOT, until

# Not the same in two runs at once, so that neither takes the other's for its own.
LEFT, LONG, OWN = (f"sleep {random.randrange(1000, 10**7)}" for _ in range(3))
MAKEFILE = """
check-good: ; @echo '3 passed, 0 failed'
check-plain: ; @true
check-bad: ; @echo '2 passed, 1 failed'; exit 1
check-skipped: ; @echo 'skipped: a tool is not installed'; exit 77
check-machine: ; @echo 'skipped: machine: no network of its own'; exit 77
check-leaving: ; @setsid {left} & sleep 0.1
check-interrupt: ; @{python} -c 'import signal; print(signal.getsignal(signal.SIGINT)); raise SystemExit(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)'
check-unsteady: ; @[ -e tried ] || (touch tried; echo 'too late by 3 ms'; exit 1)
check-parts: ; @echo 'FAIL: test_a (test_b.C.test_a)'; echo 'AssertionError: 3 != 4'; seq 20; echo '2 passed, 1 failed'; exit 1
check-long: ; @echo begun >begun; {long}
# Each of the two ends once the other has begun.
check-one: ; @touch one; while [ ! -e two ]; do sleep 0.05; done
check-two: ; @touch two; while [ ! -e one ]; do sleep 0.05; done; nice
check-after: ; @[ -e two ]
# Ends once that has begun which only another lane can begin.
check-held: ; @while [ ! -e taken ]; do sleep 0.05; done
check-taken: ; @touch taken
"""


def is_running(command):
    """Whether a program with this command line is alive."""
    found = subprocess.run(["pgrep", "-fx", command], stdout=subprocess.DEVNULL)
    return found.returncode == 0


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "Makefile").write_text(MAKEFILE.format(python=sys.executable, left=LEFT, long=LONG))
        self.command = [sys.executable, ROOT / "tests/run.py"]

    def run_checks(self, *checks, before=(), **environment):
        kept = {name: value for name, value in os.environ.items() if name not in ("CI", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        ran = processes.run([*before, *self.command, *checks], cwd=self.folder, env={**kept, **environment})
        return ran.returncode, ran.stdout

    def last_line(self, *checks, **environment):
        code, out = self.run_checks(*checks, **environment)
        return code, out.splitlines()[-1]

    def test_the_last_line_is_the_sum_of_what_the_checks_count(self):
        self.assertEqual(self.last_line("check-good", "check-plain"), (0, "4 passed, 0 failed"))
        self.assertEqual(self.last_line("check-good", "check-bad"), (1, "5 passed, 1 failed"))
        self.assertEqual(self.last_line("check-no-such-check"), (1, "0 passed, 1 failed"))

    def test_a_skip_is_a_failure_in_ci_unless_the_machine_is_the_reason(self):
        self.assertEqual(self.last_line("check-skipped"), (0, "0 passed, 0 failed"))
        self.assertEqual(self.last_line("check-skipped", CI="1"), (1, "0 passed, 1 failed"))
        self.assertEqual(self.last_line("check-machine", CI="1"), (0, "0 passed, 0 failed"))

    @unittest.skipUnless(sys.platform == "linux", "machine: orphans are adopted on Linux alone")
    def test_a_process_that_a_check_leaves_behind_is_killed_and_a_failure(self):
        code, out = self.run_checks("check-leaving")
        self.assertEqual((code, out.splitlines()[-1]), (1, "1 passed, 1 failed"), out)
        self.assertIn(f"check-leaving left a process behind: {LEFT}", out)
        self.assertFalse(is_running(LEFT))

    @unittest.skipUnless(sys.platform == "linux", "machine: only Linux shows what a process has started")
    def test_a_check_that_hangs_is_ended_named_and_the_next_one_runs(self):
        code, out = self.run_checks("check-long", "check-good", TCDB_CHECK_LIMIT="1")
        self.assertEqual((code, out.splitlines()[-1]), (1, "3 passed, 1 failed"), out)
        self.assertRegex(out, f"FAILED: check-long did not finish within 1 s; still running: .*{LONG}")
        self.assertFalse(is_running(LONG))

    def test_ctrl_c_is_not_ignored_where_the_run_was_started_in_the_background(self):
        ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
        code, out = self.run_checks("check-interrupt", before=ignoring)
        self.assertEqual((code, out.splitlines()[-1]), (0, "1 passed, 0 failed"), out)

    def test_an_interrupt_ends_the_check_and_all_it_has_started(self):
        for number, checks in itertools.product((signal.SIGINT, signal.SIGTERM),
                                                (("check-long",), ("--second-lane", "check-long", "check-long"))):
            with self.subTest(number, checks=checks):
                process = processes.start([*self.command, *checks], cwd=self.folder,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.addCleanup(processes.end, process)
                begun = self.folder / "begun"
                until(begun.exists, "the check has begun")
                begun.unlink()
                process.send_signal(number)
                self.assertNotEqual(process.wait(20), 0)
                until(lambda: not is_running(LONG), "what the check has started is gone")

    def test_a_signal_while_a_program_is_being_started_ends_that_program(self):
        # The program's own start is where the signal comes from.
        body = f"""
            import os, signal, processes
            processes.interruptible()
            processes.start(["sh", "-c", "kill -TERM $PPID; exec {LONG}"])
            signal.pause()
        """
        for _ in range(20):
            ran = processes.run([sys.executable, "-c", textwrap.dedent(body)], cwd=ROOT / "tests")
            self.assertEqual((ran.returncode, ran.stderr), (128 + signal.SIGTERM, ""))
        until(lambda: not is_running(LONG), "what was being started is gone")

    def in_two_lanes(self, second, *checks, **environment):
        return self.run_checks("--second-lane", second, *checks, TCDB_CHECK_LIMIT="60", **environment)

    @unittest.skipUnless((os.cpu_count() or 1) > 1, "machine: one core")
    def test_the_second_lane_runs_at_the_same_time_in_order_and_at_a_lower_priority(self):
        code, out = self.in_two_lanes("check-two,check-after", "check-one", "check-two", "check-after")
        self.assertEqual((code, out.splitlines()[-1]), (0, "3 passed, 0 failed"), out)
        self.assertEqual((self.folder / "target/checks/check-two.log").read_text().strip(), str(min(os.nice(0) + 5, 19)))

    @unittest.skipUnless((os.cpu_count() or 1) > 1, "machine: one core")
    def test_a_lane_that_has_no_more_takes_what_the_other_has_not_begun(self):
        checks = {"the second lane": ("check-plain", ["check-held", "check-plain"]), "the first lane": ("check-held", ["check-held"])}
        for idle, (second, before) in checks.items():
            with self.subTest(idle):
                options = ["--second-lane", second, "--either-lane", "check-good,check-taken"]
                code, out = self.run_checks(*options, *before, "check-good", "check-taken", TCDB_CHECK_LIMIT="60")
                self.assertEqual((code, out.splitlines()[-1]), (0, f"{4 + len(before)} passed, 0 failed"), out)
                self.assertEqual(out.count("check-taken ..."), 1)
                (self.folder / "taken").unlink()

    def test_what_both_lanes_report_is_at_the_end(self):
        code, out = self.in_two_lanes("check-bad,check-machine", "check-good", "check-bad", "check-skipped", "check-machine")
        self.assertEqual((code, out.splitlines()[-1]), (1, "5 passed, 1 failed"), out)
        end = out[out.index("FAILED: check-bad"):]
        self.assertIn("\nskipped: check-skipped: a tool is not installed\nskipped: check-machine: ", end)
        code, out = self.in_two_lanes("check-unsteady", "check-good", "check-unsteady", CI="1")
        self.assertEqual((code, out.splitlines()[-1]), (0, "4 passed, 0 failed"), out)
        self.assertIn("unsteady: check-unsteady\n    too late by 3 ms\n", out)

    @unittest.skipUnless(sys.platform == "linux", "machine: orphans are adopted on Linux alone")
    def test_what_a_check_of_the_second_lane_leaves_behind_is_killed_and_a_failure_there(self):
        code, out = self.in_two_lanes("check-leaving", "check-good", "check-leaving")
        self.assertEqual((code, out.splitlines()[-1]), (1, "4 passed, 1 failed"), out)
        self.assertIn(f"check-leaving left a process behind: {LEFT}", out)
        self.assertFalse(is_running(LEFT))

    @unittest.skipUnless(sys.platform == "linux", "machine: only Linux shows what a process has started")
    def test_a_second_lane_that_is_killed_is_a_failure(self):
        kill = "check-kill: ; @kill -KILL $$(ps -o ppid= -p $$PPID)\n"
        (self.folder / "Makefile").write_text((self.folder / "Makefile").read_text() + kill)
        code, out = self.in_two_lanes("check-kill", "check-good", "check-kill")
        self.assertEqual((code, out.splitlines()[-1]), (1, "3 passed, 1 failed"), out)
        self.assertIn("the second lane ended by exit code -9 and has no results", out)

    def test_what_is_not_counted_is_not_counted_in_the_second_lane_either(self):
        code, out = self.run_checks("--counted", "check-good", "--second-lane", "check-bad", "check-good", "check-bad")
        self.assertEqual((code, out.splitlines()[-1]), (0, "3 passed, 0 failed"), out)

    def test_a_second_lane_of_checks_that_are_not_run_is_refused(self):
        self.assertEqual(self.in_two_lanes("check-other", "check-good")[0], 2)
        self.assertEqual(self.in_two_lanes("check-good", "--either-lane", "check-other", "check-good")[0], 2)

    def test_a_failed_check_is_named_again_at_the_end_with_its_last_words(self):
        _, out = self.run_checks("check-bad", "check-good")
        end = out[out.index("check-good: ok"):].splitlines()
        self.assertEqual(end[1:3], ["FAILED: check-bad", "    2 passed, 1 failed"], out)

    def test_of_a_failed_check_the_tests_that_failed_are_named_though_others_print_behind_them(self):
        _, out = self.run_checks("check-parts", "check-good")
        self.assertIn("FAILED: check-parts\n    FAIL: test_a (test_b.C.test_a)\n    AssertionError: 3 != 4\n    ", out)

    def test_the_log_of_a_first_attempt_is_kept(self):
        self.run_checks("check-unsteady", CI="1")
        self.assertIn("too late by 3 ms", (self.folder / "target/checks/check-unsteady.first.log").read_text())

    def test_in_ci_a_check_that_fails_once_and_passes_then_is_unsteady_and_elsewhere_a_failure(self):
        code, out = self.run_checks("check-unsteady", "check-good", CI="1")
        self.assertEqual((code, out.splitlines()[-1]), (0, "4 passed, 0 failed"), out)
        self.assertRegex(out, "check-good: ok.*\nunsteady: check-unsteady\n    too late by 3 ms\n")
        (self.folder / "tried").unlink()
        self.assertEqual(self.last_line("check-unsteady"), (1, "0 passed, 1 failed"))
        self.assertEqual(self.last_line("check-bad", CI="1"), (1, "2 passed, 1 failed"))


class Makefiles(unittest.TestCase):
    def test_what_a_target_needs_is_named_before_it_is_read(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        command = ["make", "--dry-run", "--warn-undefined-variables", "list-checks"]
        read = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.assertEqual((read.returncode, read.stderr), (0, ""))


class Suite(unittest.TestCase):
    def run_suite(self, body, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "test_sample.py")
            file.write_text("import unittest, subprocess, processes\nfrom fixture import ProgramTest\n" + textwrap.dedent(body))
            return processes.run([sys.executable, ROOT / "tests/suite.py", file, *arguments], env=dict(os.environ))

    def test_every_subtest_counts(self):
        ran = self.run_suite("""
            class Sample(unittest.TestCase):
                def test_subtests(self):
                    for number in range(4):
                        with self.subTest(number):
                            self.assertLess(number, 3)
                def test_alone(self):
                    pass
            """)
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[-1]), (1, "4 passed, 1 failed"), ran.stdout)

    def test_no_test_at_all_is_a_failure_and_nothing_but_skips_is_a_skip(self):
        ran = self.run_suite("")
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[-1]), (1, "0 passed, 1 failed"))
        ran = self.run_suite("""
            @unittest.skip("machine: for this test")
            class Sample(unittest.TestCase):
                def test_it(self):
                    pass
            """)
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[-1]), (77, "skipped: machine: for this test"))

    def test_a_test_that_fails_leaves_no_program_behind(self):
        ran = self.run_suite(f"""
            class Sample(ProgramTest):
                def test_it(self):
                    self.start(["sh", "-c", "{OWN} & {OWN}"])
                    self.fail()
            """)
        self.assertEqual(ran.returncode, 1)
        self.assertFalse(is_running(OWN))
