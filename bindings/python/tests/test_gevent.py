"""Below gevent, which replaces what blocks by what switches to another greenlet: in a process of its own each."""

import json
import os
import sys
import unittest

import processes

from fixture import DOCUMENTED_ID, RUNNING, MockServerTest
from programs import left

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "under_gevent.py")
# Of about a hundred: a machine may be busy, and a hub that is blocked lets others run once or twice.
MANY = 20


def has_gevent():
    return processes.run([sys.executable, "-c", "import gevent.monkey"]).returncode == 0


@unittest.skipUnless(has_gevent(), "gevent is not installed in this Python")
class UnderGevent(MockServerTest):
    def run_program(self, how, *tasks):
        ran = processes.run([sys.executable, PROGRAM, how, *tasks], env=self.server.environment())
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
        said, what_is_left = ran.stdout.splitlines()
        self.assertEqual(json.loads(what_is_left), left.NOTHING)
        return said.split()

    def tasks(self, count):
        names = [f"greenlet-{number}" for number in range(count)]
        for each in names:
            self.server.put_steps(each, {"status": "RUNNING", "ms": 1000}, {"status": "SUCCESS"})
        return names

    def test_calls_in_greenlets_are_answered_one_after_the_other(self):
        self.assertEqual(self.run_program("in_a_greenlet", DOCUMENTED_ID, DOCUMENTED_ID), ["SUCCESS"] * 3)

    def test_waits_in_its_threadpool_leave_the_hub_free(self):
        *statuses, ticks = self.run_program("in_the_threadpool", *self.tasks(3))
        self.assertEqual(statuses, ["SUCCESS"] * 3)
        self.assertGreater(int(ticks), MANY)

    def test_waits_of_an_async_client_leave_the_hub_free(self):
        *statuses, ticks = self.run_program("by_asyncio", *self.tasks(20))
        self.assertEqual(statuses, ["SUCCESS"] * 20)
        self.assertGreater(int(ticks), MANY)

    def test_the_log_of_a_wait_in_its_threadpool_comes_to_logging(self):
        self.assertEqual(self.run_program("logged", DOCUMENTED_ID), ["SUCCESS", "tcdb_async"])

    def test_a_signal_handler_ends_a_wait(self):
        self.assertEqual(self.run_program("interrupted", RUNNING), ["KeyboardInterrupt"])


if __name__ == "__main__":
    unittest.main()
