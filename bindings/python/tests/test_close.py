"""Closing and dropping clients while calls are under way, and that nothing is left behind."""

import gc
import os
import random
import threading
import time
import unittest
import unittest.mock

import tcdb_async
from fixture import DOCUMENTED_ID, RUNNING, MockServerTest
from tcdb_async import ClosedError, WaitCancelled, _ffi, _handle

# The long run is for `make prove`.
CALLS = int(os.environ.get("TCDB_LONG_RUN_CALLS", "4000"))


def resident_kb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Closing(MockServerTest):
    def test_a_closed_client_says_so(self):
        client = self.server.client()
        with client as same:
            self.assertIs(same, client)
            waiter = client.start_wait(RUNNING)
        client.close()
        self.assertTrue(client.is_closed)
        for call in (
            lambda: client.describe_async_request_info(DOCUMENTED_ID),
            lambda: client.wait(DOCUMENTED_ID),
            lambda: client.start_wait(DOCUMENTED_ID),
            waiter.step,
        ):
            self.assertRaises(ClosedError, call)

    def test_closing_ends_the_calls_of_eight_threads(self):
        self.server.command(delay_ms=3)
        for stalled in (False, True):
            if stalled:
                self.server.stall()
            for _ in range(10):
                self.close_under_eight_threads()

    def close_under_eight_threads(self):
        before = tcdb_async.live_objects()
        client, strange, ended = self.server.client(), [], []

        def ask(client, number):
            try:
                while True:
                    if number % 2:
                        client.describe_async_request_info(DOCUMENTED_ID)
                    else:
                        client.wait(DOCUMENTED_ID)
            except ClosedError:
                ended.append(number)
            except BaseException as error:
                strange.append(error)

        threads = [threading.Thread(target=ask, args=(client, number), daemon=True) for number in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.02, 0.06))
        client.close()
        for thread in threads:
            thread.join(timeout=5)
        self.assertEqual((sorted(ended), strange), (list(range(8)), []))
        del client
        self.assertEqual(tcdb_async.live_objects(), before)

    def test_nothing_is_freed_under_a_call(self):
        """What is used after it was freed may well go unnoticed, so the calls themselves are watched."""
        inside, freed, freed_under = [], [], []

        def watched(function):
            def call(owner, *rest):
                pointer = owner.pointer
                inside.append(pointer)
                try:
                    return function(owner, *rest)
                finally:
                    inside.remove(pointer)

            return call

        def free(function):
            def call(place):
                freed_under.extend(each for each in inside if each == place.value)
                freed.append(place.value)
                function(place)

            return call

        patches = {
            name: watched(getattr(_ffi.lib, name))
            for name in ("tcdb_waiter_new", "tcdb_waiter_run", "tcdb_waiter_step")
        }
        frees = {name: free(getattr(_ffi.lib, name)) for name in ("tcdb_client_free", "tcdb_waiter_free")}
        with unittest.mock.patch.multiple(_ffi.lib, **patches), unittest.mock.patch.multiple(_handle._process, **frees):
            for _ in range(10):
                self.close_under_eight_threads()
        self.assertEqual(freed_under, [])
        self.assertGreater(len(freed), 100)

    def test_dropping_a_client_leaves_its_calls_alone(self):
        self.server.command(delay_ms=100)
        answers = []
        for _ in range(5):
            bound = self.server.client().describe_async_request_info
            thread = threading.Thread(target=lambda ask: answers.append(ask(DOCUMENTED_ID)), args=(bound,))
            thread.start()
            del bound
            gc.collect()
            thread.join()
        self.assertEqual([info.is_success for info in answers], [True] * 5)


class Leaks(MockServerTest):
    def test_live_objects_and_memory_stay_over_many_calls(self):
        client = self.client(endpoint=self.server["http"])
        failing = self.client(endpoint=self.server["http"], max_attempts=1)
        self.calls(client, failing, 2000)
        gc.collect()
        objects, memory = tcdb_async.live_objects(), resident_kb()
        self.calls(client, failing, CALLS)
        gc.collect()
        grown = resident_kb() - memory
        print(f"{CALLS} calls, {grown} kB more ...", end=" ", flush=True)
        self.assertEqual(tcdb_async.live_objects(), objects)
        self.assertLess(grown, 1500)

    def calls(self, client, failing, number):
        def ask():
            for _ in range(number // 40):
                for _ in range(7):
                    client.describe_async_request_info(DOCUMENTED_ID)
                client.wait(DOCUMENTED_ID)
                for _ in range(2):
                    try:
                        failing.describe_async_request_info("0-0-0-0")
                    except tcdb_async.ApiError:
                        pass

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        ask()
        for thread in threads:
            thread.join()

    def test_clients_waiters_and_credentials_are_freed(self):
        gc.collect()
        before = tcdb_async.live_objects()
        for _ in range(50):
            client = self.server.client()
            waiter = client.start_wait(RUNNING)
            waiter.cancel()
            self.assertRaises(WaitCancelled, waiter.run)
            with self.assertRaises(tcdb_async.ConfigError):
                self.server.client(max_attempts=99)
        self.assertGreater(tcdb_async.live_objects(), before)
        del client, waiter
        self.assertEqual(tcdb_async.live_objects(), before)


if __name__ == "__main__":
    unittest.main()
