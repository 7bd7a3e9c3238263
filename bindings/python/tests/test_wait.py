"""Waiting, whole and step by step."""

import datetime
import threading
import time
import unittest

from timing import limit

import tcdb_async
from fixture import DOCUMENTED_ID, FAILED, KILLED, PAUSED, REMOVED, RUNNING, MockServerTest, demo_id
from tcdb_async import BusyError, ConfigError, Status, TaskFailedError, WaitCancelled, WaitTimeout

QUICK = 0.25


class Waiting(MockServerTest):
    def test_a_task_is_waited_for_until_it_has_ended(self):
        seen = []
        client = self.client()
        task = self.server.put_life()
        info = client.wait(task, timeout=30, interval=QUICK, on_poll=lambda each: seen.append(each.status))
        self.assertEqual(info.status, Status.SUCCESS)
        self.assertEqual(seen, [Status.INITIAL, Status.RUNNING, Status.RUNNING])

    def test_an_ended_task_needs_one_request(self):
        self.assertTrue(self.client().wait(DOCUMENTED_ID).is_success)
        self.assertEqual(self.server.requests(), 1)

    def test_a_bad_end_raises_or_is_returned(self):
        client = self.client()
        for task, status in ((FAILED, Status.FAILED), (KILLED, Status.KILLED), (REMOVED, Status.REMOVED)):
            with self.subTest(status=status):
                with self.assertRaises(TaskFailedError) as caught:
                    client.wait(task)
                self.assertEqual(caught.exception.info.status, status)
                self.assertIn(status.value, str(caught.exception))
                self.assertEqual(client.wait(task, raise_on_failure=False).status, status)

    def test_failures_that_pass_do_not_end_a_wait(self):
        self.assertTrue(self.client().wait(demo_id(0xF4), timeout=60, interval=QUICK).is_success)

    def test_a_timeout_carries_the_last_answer(self):
        started = time.monotonic()
        with self.assertRaises(WaitTimeout) as caught:
            self.client().wait(RUNNING, timeout=0.6, interval=QUICK)
        self.assertEqual(caught.exception.last.status, Status.RUNNING)
        self.assertEqual(caught.exception.last.async_request_id, RUNNING)
        self.assertLess(time.monotonic() - started, limit(3))

    def test_no_time_means_one_answer(self):
        with self.assertRaises(WaitTimeout):
            self.client().wait(RUNNING, timeout=0)
        self.assertEqual(self.server.requests(), 1)

    def test_a_status_may_stop_a_wait(self):
        for given in (Status.PAUSED, "PAUSED", [Status.PAUSED], ("INITIAL", "PAUSED"), {Status.PAUSED}):
            with self.subTest(given=given):
                info = self.client().wait(PAUSED, timeout=datetime.timedelta(seconds=30), stop_on=given)
                self.assertEqual((info.status, info.is_terminal), (Status.PAUSED, False))

    def test_a_refusal_fails_fast(self):
        with self.assertRaises(tcdb_async.UnknownRequestIdError):
            self.client().wait("0-0-0-0", timeout=60)
        self.assertEqual(self.server.requests(), 1)

    def test_what_on_poll_raises_ends_the_wait(self):
        class OfTheCaller(Exception):
            pass

        def on_poll(_):
            raise OfTheCaller

        with self.assertRaises(OfTheCaller):
            self.client().wait(RUNNING, timeout=60, interval=QUICK, on_poll=on_poll)

    def test_bad_times_are_named(self):
        client = self.client()
        bad = [{"timeout": -1}, {"timeout": float("nan")}, {"interval": -1}, {"interval": (1, -1)}]
        for given in bad:
            with self.subTest(**given):
                with self.assertRaises(ConfigError) as caught:
                    client.wait(RUNNING, **given)
                self.assertIn(next(iter(given)), str(caught.exception))


class Stepping(MockServerTest):
    def test_steps_reach_the_end_and_repeat_it(self):
        waiter = self.client().start_wait(self.server.put_life(), timeout=60, interval=QUICK)
        self.assertEqual((waiter.latest, waiter.answers), (None, 0))
        while (info := waiter.step(0.1)) is None:
            self.assertIsNotNone(waiter.due_in)
        self.assertTrue(info.is_success)
        self.assertEqual(waiter.step(), info)
        self.assertEqual((waiter.answers, waiter.due_in), (4, None))
        self.assertGreater(waiter.elapsed, 3 * QUICK * 0.5)

    def test_a_step_blocks_no_longer_than_it_may(self):
        waiter = self.client().start_wait(RUNNING, interval=30)
        self.assertIsNone(waiter.step())
        self.assertEqual(waiter.latest.status, Status.RUNNING)
        started = time.monotonic()
        self.assertIsNone(waiter.step(0.2))
        self.assertLess(time.monotonic() - started, limit(1))
        self.assertGreater(waiter.due_in, 10)

    def test_cancelling_ends_a_request_under_way(self):
        self.server.stall()
        waiter = self.client().start_wait(RUNNING)
        threading.Timer(0.2, waiter.cancel).start()
        started = time.monotonic()
        with self.assertRaises(WaitCancelled):
            waiter.step(10)
        self.assertLess(time.monotonic() - started, limit(1))
        with self.assertRaises(WaitCancelled):
            waiter.run()

    def test_a_second_thread_that_steps_is_refused(self):
        self.server.stall()
        waiter = self.client().start_wait(RUNNING)
        first = threading.Thread(target=lambda: self.assertRaises(WaitCancelled, waiter.step, 10))
        first.start()
        while not self.server.requests():
            time.sleep(0.01)
        with self.assertRaises(BusyError):
            waiter.step()
        waiter.cancel()
        first.join()

    def test_a_wait_goes_on_after_its_client_is_dropped(self):
        client = self.server.client()
        waiter = client.start_wait(self.server.put_life(), timeout=60, interval=QUICK)
        del client
        self.assertTrue(waiter.run().is_success)


if __name__ == "__main__":
    unittest.main()
