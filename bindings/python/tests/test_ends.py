"""A process at its ends: signals, garbage, exit, sub-interpreters, debuggers; and what is left after each."""

import json
import os
import signal
import sys
import unittest

import processes

from fixture import MockServerTest

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


def has(module):
    return processes.run([sys.executable, "-c", f"import {module}"]).returncode == 0


class Ends(MockServerTest):
    def run_program(self, name, *arguments):
        command = [sys.executable, "-X", "dev", os.path.join(PROGRAMS, name), *arguments]
        ran = processes.run(command, env=self.server.environment())
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
        return ran.stdout

    def test_blocked_signals_stay_pending_and_there_is_no_other_thread(self):
        pending = f"pending {int(signal.SIGINT)} {int(signal.SIGTERM)}"
        command = [sys.executable, os.path.join(PROGRAMS, "ends.py"), "blocked_signals"]
        ran = processes.run(command, env=self.server.environment())
        said = ran.stdout.replace("Signals.SIGINT", "2").replace("Signals.SIGTERM", "15")
        self.assertEqual((said, ran.stderr), (f"{pending}\nthreads 1\n", ""))

    def test_garbage_is_finalized_on_the_programs_threads(self):
        self.assertEqual(self.run_program("ends.py", "garbage"), "finalized True on 1 thread\n")

    @unittest.skipUnless(has("tkinter"), "tkinter is not there")
    def test_garbage_that_is_bound_to_its_thread_is_collected_there(self):
        self.assertEqual(self.run_program("ends.py", "tcl_in_a_cycle"), "collected\n")

    def test_a_query_from_a_finalizer_at_exit_is_answered(self):
        for how in ("query from __del__ at exit", "query from a suspended generator at exit"):
            with self.subTest(how=how):
                self.assertEqual(self.run_program("ends.py", how), "SUCCESS\n")

    @unittest.skipUnless(
        has("_xxsubinterpreters") or has("_interpreters"), "this Python has no module for sub-interpreters"
    )
    def test_a_sub_interpreter_that_has_asked_is_destroyed(self):
        self.assertEqual(self.run_program("ends.py", "sub_interpreter"), "destroyed, objects 0\n")

    def test_no_frame_of_the_package_shows_a_secret(self):
        secrets = ["AKID-SECRET", "KEY-SECRET", "http://user:PASSWORD-SECRET@proxy:0"]
        shown = json.loads(self.run_program("ends.py", "frames", *secrets))
        self.assertEqual(len(shown), 8)
        for each in shown:
            self.assertRegex(each, r"\n(tcdb_async\.ConfigError|TypeError): ")
            self.assertNotIn("SECRET", each)
            self.assertNotIn("AttributeError", each)

    def test_a_debugger_steps_over_calls(self):
        self.assertTrue(self.run_program("ends.py", "debugger").endswith("SUCCESS\n"))

    def test_nothing_is_left(self):
        self.assertEqual(self.run_program("ends.py", "nothing_left"), "True\n")

    def test_a_storm_of_exceptions_from_signal_handlers_loses_none_and_leaves_nothing(self):
        said = json.loads(self.run_program("storm.py", "3"))
        self.assertGreater(said["raised"], 50)
        self.assertEqual((said["caught"], said["swallowed"]), (said["raised"], []))
        self.assertEqual(said["left"], {"objects": 0, "threads": 0, "descriptors": 0})


if __name__ == "__main__":
    unittest.main()
