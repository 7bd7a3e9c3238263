"""A process at its ends: signals, garbage, exit, sub-interpreters, debuggers; and what is left after each."""

import json
import os
import signal
import sys
import unittest

import processes

from fixture import MockServerTest
from programs import left

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


def has(module):
    return processes.run([sys.executable, "-c", f"import {module}"]).returncode == 0


class Ends(MockServerTest):
    def run_program(self, name, *arguments):
        command = [sys.executable, "-X", "dev", os.path.join(PROGRAMS, name), *arguments]
        ran = processes.run(command, env=self.server.environment())
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
        return ran.stdout

    def end(self, how, *arguments):
        """What the program wrote. Its last line says what is left, which is nothing."""
        *said, what_is_left = self.run_program("ends.py", how, *arguments).splitlines()
        self.assertEqual(json.loads(what_is_left), left.NOTHING)
        return said

    def test_blocked_signals_stay_pending_and_there_is_no_other_thread(self):
        pending = f"pending {int(signal.SIGINT)} {int(signal.SIGTERM)}"
        self.assertEqual(self.end("blocked_signals"), [pending, "threads 1"])

    def test_garbage_is_finalized_on_the_programs_threads(self):
        self.assertEqual(self.end("garbage"), ["finalized True on 1 thread"])

    @unittest.skipUnless(has("tkinter"), "tkinter is not there")
    def test_garbage_that_is_bound_to_its_thread_is_collected_there(self):
        self.assertEqual(self.end("tcl_in_a_cycle"), ["collected"])

    def test_a_query_from_a_finalizer_at_exit_is_answered(self):
        for how in ("query from __del__ at exit", "query from a suspended generator at exit"):
            with self.subTest(how=how):
                self.assertEqual(self.end(how), ["SUCCESS"])

    @unittest.skipUnless(
        has("_xxsubinterpreters") or has("_interpreters"), "this Python has no module for sub-interpreters"
    )
    def test_a_sub_interpreter_that_has_asked_is_destroyed(self):
        self.assertEqual(self.end("sub_interpreter"), ["destroyed"])

    def test_no_frame_of_the_package_shows_a_secret(self):
        secrets = ["AKID-SECRET", "KEY-SECRET", "http://user:PASSWORD-SECRET@proxy:0"]
        (said,) = self.end("frames", *secrets)
        shown = json.loads(said)
        self.assertEqual(len(shown), 8)
        for each in shown:
            self.assertRegex(each, r"\n(tcdb_async\.ConfigError|TypeError): ")
            self.assertNotIn("SECRET", each)
            self.assertNotIn("AttributeError", each)

    def test_a_debugger_steps_over_calls(self):
        self.assertEqual(self.end("debugger")[-1], "SUCCESS")

    def test_calls_leave_nothing_but_their_client(self):
        (amid,) = self.end("calls")
        self.assertEqual(json.loads(amid), left.NOTHING)

    def test_a_storm_of_exceptions_from_signal_handlers_loses_none_and_leaves_nothing(self):
        said = json.loads(self.run_program("storm.py", "3"))
        self.assertGreater(said["raised"], 50)
        self.assertEqual((said["caught"], said["swallowed"]), (said["raised"], []))
        self.assertEqual(said["left"], left.NOTHING)


if __name__ == "__main__":
    unittest.main()
