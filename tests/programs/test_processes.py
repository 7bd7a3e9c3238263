#!/usr/bin/env python3
"""C programs that bend their own process: fork, signals, descriptors, threads, name lookups.

usage: test_processes.py FOLDER MOCK_SERVER, where FOLDER holds the built programs.
"""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../mock-server"))
from mock_server import MockServer  # noqa: E402

FOLDER, ENDPOINT = sys.argv.pop(1), sys.argv.pop(1)


class Processes(unittest.TestCase):
    def setUp(self):
        self.endpoint = MockServer(ENDPOINT)
        self.endpoint.tell(rate_limit=0)

    def tearDown(self):
        self.endpoint.close()

    def run_program(self, name, over_tls=True, before=None):
        """Runs one program of tests/programs against the endpoint; it judges by its exit code."""
        variables = {"PATH": os.environ["PATH"]}
        if before:
            variables["LD_PRELOAD"] = os.path.join(FOLDER, before)
        where = [self.endpoint["https"], self.endpoint["ca"]] if over_tls else [self.endpoint["http"], ""]
        ran = subprocess.run([os.path.join(FOLDER, name), *where], env=variables, capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), name)

    def test_after_fork_parent_and_child_go_on_and_the_parents_connections_are_untouched(self):
        self.endpoint.put("sibling", "parent-before", "parent-after", "child", "grandchild")
        self.run_program("forks")
        came_by = {}
        for request in self.endpoint.seen():
            self.assertIsNone(request["refused"])
            came_by.setdefault(request["id"], set()).add(request["connection"])
        # The siblings asked at once, on several connections; the parent goes on with all of these and makes no other.
        before = came_by["sibling"] | came_by["parent-before"]
        self.assertEqual(came_by["parent-after"], before)
        self.assertEqual(len(came_by["child"]), 2, "one for each of the two children that ask")
        self.assertFalse(came_by["child"] & before)
        self.assertFalse(came_by["grandchild"] & (before | came_by["child"]))

    def test_a_storm_of_signals_loses_no_query_and_no_handler_is_changed(self):
        self.endpoint.tell(delay_ms=7)
        for over_tls in [True, False]:
            self.run_program("signals", over_tls)

    def test_nothing_is_written_to_a_socket_in_a_way_that_may_raise_sigpipe(self):
        self.endpoint.tell(delay_ms=7)
        for fault in ["reset_at_use", "close_at_use", "close_after_reply"]:
            self.endpoint.tell(misbehave={"fault": fault, "share": 0.3})
            for over_tls in [True, False]:
                self.run_program("signals", over_tls, before="no_sigpipe.so")
            self.endpoint.tell(behave=True)

    def test_a_reply_without_end_does_not_fill_the_memory(self):
        for fault in ["endless_body", "endless_chunks", "endless_head", "endless_header_line", "endless_informational"]:
            self.endpoint.tell(misbehave={"fault": fault})
            for over_tls in [True, False]:
                self.run_program("bounds", over_tls)
            self.endpoint.tell(behave=True)

    def test_used_up_descriptors_are_told_as_system_and_healed(self):
        for over_tls in [True, False]:
            self.run_program("descriptors", over_tls)

    def test_used_up_threads_are_told_as_system_and_healed(self):
        self.run_program("threads")

    def test_a_lookup_that_hangs_holds_nobody_past_the_deadline_and_runs_once(self):
        # Each question by a connection of its own, so that each needs the address.
        self.endpoint.tell(misbehave={"fault": "connection_close"})
        self.run_program("lookups", before="slow_lookup.so")


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
