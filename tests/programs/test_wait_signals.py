#!/usr/bin/env python3
"""A wait that is cancelled from a signal handler, in every phase: tests/programs/wait_signals.c against the mock server.

usage: test_wait_signals.py FOLDER MOCK_SERVER, where FOLDER holds the built programs.
"""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mock-server"))
from mock_server import MockServer  # noqa: E402

FOLDER, ENDPOINT = sys.argv.pop(1), sys.argv.pop(1)


class Signals(unittest.TestCase):
    def setUp(self):
        self.endpoint = MockServer(ENDPOINT)
        self.endpoint.tell(rate_limit=0)

    def tearDown(self):
        self.endpoint.close()

    def said_by(self, phase, task="the-task"):
        """Runs the program, which judges by its exit code, and gives what the wait ended with."""
        variables = {"PATH": os.environ["PATH"], "LD_PRELOAD": os.path.join(FOLDER, "slow_lookup.so")}
        command = [os.path.join(FOLDER, "wait_signals"), self.endpoint["https"], self.endpoint["ca"], phase, task]
        ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), phase)
        return ran.stdout

    def test_a_handler_cancels_in_the_pause_between_two_requests(self):
        self.endpoint.put("the-task", status="RUNNING")
        self.assertIn("cancelled while waiting between two requests", self.said_by("in"))

    def test_a_handler_cancels_while_the_endpoint_is_silent(self):
        for fault in ["stall_reply", "stall_in_head", "drip_body", "handshake_stall", "handshake_drip"]:
            self.endpoint.tell(misbehave={"fault": fault})
            self.assertIn("TCDB_ERR_CANCELLED cancelled while ", self.said_by("in"), fault)
            self.endpoint.tell(behave=True)

    def test_a_handler_cancels_while_connects_hang(self):
        self.endpoint.tell(stall_connects=True)
        self.assertIn("cancelled while connecting", self.said_by("in"))

    def test_a_handler_cancels_while_the_name_lookup_hangs(self):
        self.assertIn("cancelled while looking up the name", self.said_by("lookup"))

    def test_a_storm_of_handlers_ends_no_wait_but_the_one_they_cancel(self):
        self.endpoint.tell(delay_ms=20)
        life = [{"status": "RUNNING", "times": 5}, {"status": "SUCCESS"}]
        self.endpoint.tell(put={"id": "the-task", "life": life})
        self.assertTrue(self.said_by("storm").startswith("TCDB_OK \nTCDB_ERR_CANCELLED "))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
