"""fork, spawn, and the end of the interpreter."""

import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings

from timing import limit

import tcdb_async
from fixture import DOCUMENTED_ID, FAILED, MockServerTest
from tcdb_async import TaskFailedError

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
_client = None


def open_client(ready):
    global _client
    _client = tcdb_async.Client(
        ready["secret_id"], ready["secret_key"], region="r", endpoint=ready["https"], ca_file=ready["ca"]
    )


def ask(task):
    return _client.wait(task)


class Workers(MockServerTest):
    def test_workers_of_both_kinds_hand_back_results_and_exceptions(self):
        for kind in ("fork", "spawn"):
            with self.subTest(kind=kind):
                with multiprocessing.get_context(kind).Pool(2, open_client, (self.server.facts,)) as pool:
                    answers = pool.map_async(ask, [DOCUMENTED_ID] * 6).get(timeout=60)
                    self.assertEqual([info.is_success for info in answers], [True] * 6)
                    with self.assertRaises(TaskFailedError) as caught:
                        pool.apply_async(ask, (FAILED,)).get(timeout=60)
                    self.assertEqual(caught.exception.info.async_request_id, FAILED)

    def in_child(self, work):
        """The exit code of a forked child that runs `work`; a Python that warns of threads at fork fails here."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            child = os.fork()
        if child == 0:
            code = 1
            bound()
            try:
                code = 0 if work() else 2
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_a_forked_child_uses_its_parents_client(self):
        client = self.client()
        client.describe_async_request_info(DOCUMENTED_ID)
        for _ in range(5):
            code = self.in_child(lambda: client.describe_async_request_info(DOCUMENTED_ID).is_success)
            self.assertEqual(code, 0)
            self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)

    def test_a_child_that_closes_its_parents_client_leaves_the_parents_calls_alone(self):
        client, answers = self.client(), []
        self.server.command(delay_ms=400)
        thread = threading.Thread(target=lambda: answers.append(client.describe_async_request_info(DOCUMENTED_ID)))
        thread.start()
        while not self.server.requests():
            time.sleep(0.01)
        child = subprocess_fork(client.close)
        thread.join()
        self.assertEqual((child, [info.is_success for info in answers]), (0, [True]))

    def test_a_child_frees_nothing_of_its_parent(self):
        client = self.server.client()
        before = tcdb_async.live_objects()

        def drop():
            nonlocal client
            client = None
            return tcdb_async.live_objects() == before

        self.assertEqual(self.in_child(drop), 0)
        client.close()


def bound():
    """A child that hangs shows its stack and ends, else its parent waits for ever.

    Not by dump_traceback_later: in a forked child that waits for a thread of the parent's.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    faulthandler.register(signal.SIGALRM, chain=True)
    signal.alarm(60)


def subprocess_fork(work):
    with warnings.catch_warnings():
        # Here another thread is inside a call on purpose.
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        code = 1
        bound()
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class InterpreterExit(MockServerTest):
    def test_it_is_silent_and_soon_with_calls_under_way(self):
        self.server.stall()
        for how in ("falls off the end", "sys.exit", "waits at exit", "raises"):
            with self.subTest(how=how):
                started = time.monotonic()
                ran = subprocess.run(
                    [sys.executable, "-X", "dev", os.path.join(PROGRAMS, "exits.py"), how],
                    env=self.server.environment(),
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                said = ran.stderr if how != "raises" else ran.stderr.replace(_EXPECTED, "")
                self.assertEqual((ran.stdout, said), ("", ""))
                self.assertEqual(ran.returncode, 1 if how == "raises" else 0)
                self.assertLess(time.monotonic() - started, limit(5))


_EXPECTED = "the program's own exception\n"


if __name__ == "__main__":
    unittest.main()
