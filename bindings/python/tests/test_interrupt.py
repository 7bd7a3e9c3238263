"""Ctrl-C, other signals and asyncio's cancelling reach a call in time, and cost no request."""

import asyncio
import linecache
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

import processes
from timing import limit, until

from fixture import DOCUMENTED_ID, RUNNING, MockServerTest
from programs import left
from tcdb_async import _signals

ROUNDS = 20
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


class Interrupted:
    """A program that says when it begins a call, and when Ctrl-C has ended it."""

    def __init__(self, server, *arguments):
        command = [sys.executable, os.path.join(PROGRAMS, "interrupted.py"), *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = processes.start(command, env=server.environment(), text=True, **pipes)
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=lambda: [self._lines.put(line) for line in self.process.stdout])
        self._reader.start()

    def expect(self, line):
        try:
            said = self._lines.get(timeout=60)
        except queue.Empty:
            said = "nothing for a minute"
        assert said == line + "\n", said

    def interrupt(self):
        """Seconds from Ctrl-C to the moment when the program has caught it."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.expect("interrupted")
        return time.monotonic() - started

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self._reader.join()
        processes.end(self.process)


class CtrlC(MockServerTest):
    def test_it_ends_a_wait_between_requests(self):
        with Interrupted(self.server, "wait", str(ROUNDS)) as program:
            self.interrupt_all(program, lambda round: program.expect("answered"))

    def test_it_ends_a_wait_against_a_stalled_server(self):
        self.server.stall()
        with Interrupted(self.server, "wait", str(ROUNDS)) as program:
            self.interrupt_all(program, self.request_is_under_way)

    def test_it_ends_a_query_against_a_stalled_server(self):
        self.server.stall()
        with Interrupted(self.server, "query", str(ROUNDS)) as program:
            self.interrupt_all(program, self.request_is_under_way)

    def test_it_ends_a_connect_that_stalls(self):
        address = self.server.command(stalled_connect=True)["host_port"]
        with Interrupted(self.server, "wait", "3", address) as program:
            self.interrupt_all(program, lambda round: time.sleep(0.2), rounds=3)

    def interrupt_all(self, program, until_it_is_time, rounds=ROUNDS):
        took = []
        for round in range(rounds):
            program.expect("begins")
            until_it_is_time(round)
            time.sleep(random.uniform(0, 0.05))
            took.append(program.interrupt())
        program.expect(f"left: {left.NOTHING}")
        self.assertEqual(program.process.wait(timeout=10), 0)
        self.assertLess(max(took), limit(1), took)
        print(f"Ctrl-C, {rounds} of {rounds}: at most {max(took) * 1000:.0f} ms ...", end=" ", flush=True)

    def request_is_under_way(self, round):
        until(lambda: self.server.requests() > round, "a request is in flight")


class AsACallBegins(MockServerTest):
    """A handler may run as soon as there is a place for it, before the call has come to native code."""

    def test_what_is_raised_there_ends_the_call_and_is_raised_by_it(self):
        client = self.client()
        for ask in (client.describe_async_request_info, client.wait):
            with self.subTest(ask=ask.__name__):
                _signals._idle.clear()
                self.addCleanup(sys.settrace, sys.gettrace())
                sys.settrace(self.strike)
                with self.assertRaises(Stop):
                    ask(DOCUMENTED_ID)
                sys.settrace(None)
                self.assertTrue(ask(DOCUMENTED_ID).is_success)

    def strike(self, frame, event, _):
        """Raises where the generator would yield for the first time."""
        if frame.f_code is not _signals._Watch._watch.__code__:
            return None
        if event == "line" and "yield" in linecache.getline(frame.f_code.co_filename, frame.f_lineno):
            raise Stop
        return self.strike


class Stop(BaseException):
    pass


class Asyncio(MockServerTest):
    """The recipe of the README."""

    def test_cancelling_a_task_ends_its_wait(self):
        for stalled in (False, True):
            with self.subTest(stalled=stalled):
                if stalled:
                    self.server.stall()
                waiter = self.client().start_wait(RUNNING, interval=60)
                started = time.monotonic()
                # run() waits for the thread too, so its end shows that the step is over.
                asyncio.run(self.cancel_soon(waiter))
                self.assertLess(time.monotonic() - started, limit(1.5))

    async def cancel_soon(self, waiter):
        task = asyncio.ensure_future(wait_async(waiter))
        await asyncio.sleep(0.5)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task

    def test_many_waits_share_a_loop(self):
        client = self.client()

        async def all_of_them():
            self.server.put_steps("short", {"status": "RUNNING", "ms": 300}, {"status": "SUCCESS"})
            waiters = [client.start_wait("short", interval=0.25) for _ in range(5)]
            return await asyncio.gather(*map(wait_async, waiters))

        self.assertTrue(all(info.is_success for info in asyncio.run(all_of_them())))


async def wait_async(waiter):
    try:
        while (info := await asyncio.to_thread(waiter.step, 0.5)) is None:
            pass
        return info
    finally:
        waiter.cancel()


class Storm(MockServerTest):
    def setUp(self):
        super().setUp()
        self.struck = 0
        before = signal.signal(signal.SIGALRM, self.strike)
        self.addCleanup(signal.signal, signal.SIGALRM, before)

    def strike(self, *_):
        self.struck += 1

    def test_a_signal_every_5_ms_loses_no_request(self):
        client = self.client(max_attempts=1)
        self.server.command(delay_ms=7)
        signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        for _ in range(100):
            self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.assertEqual(self.server.requests(), 100)
        self.assertGreater(self.struck, 50)

    def test_signals_at_the_thread_that_is_inside_a_call_lose_no_request(self):
        self.server.command(delay_ms=7)
        client, failures = self.client(max_attempts=1), []

        def ask():
            for _ in range(50):
                try:
                    client.describe_async_request_info(DOCUMENTED_ID)
                except Exception as error:
                    failures.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive():
            signal.pthread_kill(thread.ident, signal.SIGALRM)
            time.sleep(0.002)
        self.assertEqual(failures, [])
        self.assertEqual(self.server.requests(), 50)
        self.assertGreater(self.struck, 50)


if __name__ == "__main__":
    unittest.main()
