"""Credentials that a function of the program's fetches."""

import datetime
import gc
import json
import os
import sys
import threading
import time
import traceback
import unittest
import weakref

import processes
from timing import limit, until

import tcdb_async
from fixture import DOCUMENTED_ID, SUCCESS, MockServerTest
from tcdb_async import AsyncClient, Client, ConfigError, Credentials, CredentialsError, FetchedCredentials

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
ROLE = "qcs::cam::uin/100000000001:roleName/reader"


class Callable(MockServerTest):
    def good(self, **more):
        ready = self.server.facts
        return FetchedCredentials(ready["secret_id"], ready["secret_key"], **more)

    def client_of(self, function, **options):
        ready = self.server.facts
        given = {"region": "r", "endpoint": ready["https"], "ca_file": ready["ca"], "max_requests_per_second": 0}
        credentials = Credentials.from_callable(function, name="vault")
        client = Client.from_credentials(credentials, **{**given, **options})
        self.addCleanup(client.close)
        return client

    def failure(self, function):
        with self.assertRaises(CredentialsError) as caught:
            self.client_of(function).describe_async_request_info(DOCUMENTED_ID)
        return caught.exception

    def test_it_is_called_by_the_first_query_on_its_thread_and_then_no_more(self):
        called = []

        def fetch(request):
            called.append((threading.get_ident(), request.was_refused, request.time_left))
            return self.good()

        credentials = Credentials.from_callable(fetch)
        self.assertEqual((called, credentials.expires), ([], None))
        ready = self.server.facts
        with Client.from_credentials(credentials, region="r", endpoint=ready["https"], ca_file=ready["ca"]) as client:
            for _ in range(3):
                self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)
        ((thread, refused, left),) = called
        self.assertEqual((thread, refused), (threading.get_ident(), False))
        self.assertTrue(20 < left <= 30, left)
        self.assertIn("test_it_is_called_by_the_first_query", credentials.source)

    def test_what_ends_is_fetched_again(self):
        number = []

        def fetch(request):
            number.append(1)
            return self.good(expires=time.time() + (2 if len(number) == 1 else 3600))

        client = self.client_of(fetch)

        def is_fetched_again():
            client.describe_async_request_info(DOCUMENTED_ID)
            return len(number) > 1

        until(is_fetched_again, "the credentials were fetched again")
        client.describe_async_request_info(DOCUMENTED_ID)
        self.assertEqual(len(number), 2)

    def test_the_end_is_taken_in_seconds_or_as_a_datetime(self):
        at = datetime.datetime(2030, 1, 2, tzinfo=datetime.timezone.utc)
        for given, taken in [(1893542400, 1893542400), (1893542400.9, 1893542400), (at, 1893542400), (None, None)]:
            self.assertEqual(self.good(expires=given).expires, taken)
            credentials = Credentials.from_callable(lambda _, given=given: self.good(expires=given))
            credentials.fetch()
            self.assertEqual(credentials.expires, taken)

    def test_after_a_refusal_it_is_called_once_and_what_is_new_signs_the_same_query(self):
        refused = []

        def fetch(request):
            refused.append(request.was_refused)
            return self.good() if request.was_refused else FetchedCredentials("AKIDold", "k")

        self.assertTrue(self.client_of(fetch).describe_async_request_info(DOCUMENTED_ID).is_success)
        self.assertEqual(refused, [False, True])

    def test_a_temporary_ones_token_is_sent(self):
        self.server.command(credentials={"secret_id": "AKIDcall", "secret_key": "k", "token": "a-token"})
        ready = self.server.facts
        self.addCleanup(
            self.server.command, credentials={"secret_id": ready["secret_id"], "secret_key": ready["secret_key"]}
        )
        client = self.client_of(lambda _: FetchedCredentials("AKIDcall", "k", "a-token"))
        self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)

    def test_what_it_raises_is_named_and_not_quoted(self):
        secret = "hvs.TheVaultsOwnToken0123"

        class Sealed(Exception):
            pass

        def raises(error):
            def fetch(request):
                raise error

            return fetch

        table = [
            (raises(ValueError(secret)), "the function raised ValueError", False),
            (raises(Sealed(secret)), f"the function raised {__name__}.{Sealed.__qualname__}", False),
            (raises(ConnectionRefusedError(111, secret)), "the function raised ConnectionRefusedError", True),
            (raises(TimeoutError(secret)), "the function raised TimeoutError", True),
            (raises(FileNotFoundError(2, secret)), "the function raised FileNotFoundError", False),
            (raises(CredentialsError("the vault is sealed", retryable=True)), "the vault is sealed", True),
            (raises(CredentialsError("no\nright\0here \ud83d")), "no right here ?", False),
            (lambda _: None, "the function returned NoneType, not FetchedCredentials", False),
            (lambda _: (secret, secret), "the function returned tuple, not FetchedCredentials", False),
            (lambda: secret, "the function raised TypeError", False),
            (lambda _: FetchedCredentials(secret, 5), "the function raised TypeError", False),
            (lambda _: FetchedCredentials(secret + "\0", secret), "secret_id holds a NUL character", False),
            (lambda _: FetchedCredentials("a b", secret), "secret_id holds a space", False),
            (lambda _: FetchedCredentials("a", secret, expires=0), "expires is 0, which is not a time", False),
            (lambda _: FetchedCredentials("a", secret, expires=1.9e12), "expires is 1.9e+12, which is not", False),
            (
                lambda _: FetchedCredentials("a", secret, expires=datetime.datetime(2030, 1, 1)),
                "expires is a datetime without a time zone",
                False,
            ),
        ]
        before = self.server.requests()
        for function, said, retryable in table:
            with self.subTest(said=said):
                failure = self.failure(function)
                self.assertTrue(str(failure).startswith(f'callback "vault": {said}'), str(failure))
                self.assertEqual((failure.retryable, failure.code), (retryable, "TCDB_ERR_CREDENTIALS"))
                shown = traceback.TracebackException.from_exception(failure, capture_locals=True)
                self.assertNotIn(secret, "".join(line for line in shown.format() if "test_callable.py" not in line))
                self.assertIsNone(failure.__context__)
        self.assertEqual(self.server.requests(), before)

    def test_what_cannot_be_used_is_named(self):
        with self.assertRaisesRegex(TypeError, "^function must be callable, not str$"):
            Credentials.from_callable("fetch")
        for name in ("", "a\nb", "x" * 129, "a\0b"):
            with self.assertRaisesRegex(ConfigError, "^name "):
                Credentials.from_callable(self.good, name=name)
        with self.assertRaisesRegex(ConfigError, "^timeout "):
            Credentials.from_callable(self.good, timeout=-1)
        with self.assertRaisesRegex(TypeError, "^timeout must be a number"):
            Credentials.from_callable(self.good, timeout="1")
        long = lambda request: None  # noqa: E731
        long.__qualname__ = "\u529f" * 200
        self.assertIn("?" * 128, Credentials.from_callable(long).source)

    def test_nothing_shows_a_secret(self):
        fetched = self.good()
        self.assertEqual((repr(fetched), str(fetched)), ("<FetchedCredentials>",) * 2)
        credentials = Credentials.from_callable(lambda _: fetched)
        self.assertEqual(repr(credentials), "<Credentials: function>")
        with self.assertRaises(TypeError):
            fetched.__reduce__()

    def test_a_request_that_is_kept_says_nothing_after_its_call(self):
        kept = []
        client = self.client_of(lambda request: kept.append(request) or self.good())
        client.describe_async_request_info(DOCUMENTED_ID)
        self.assertEqual((kept[0].was_refused, kept[0].time_left), (False, 0.0))

    def test_its_time_is_bounded_by_its_own_timeout(self):
        left = []
        credentials = Credentials.from_callable(
            lambda request: left.append(request.time_left) or self.good(), timeout=datetime.timedelta(seconds=3)
        )
        credentials.fetch(timeout=20)
        self.assertTrue(2 < left[0] <= 3, left)

    def test_one_that_overruns_ends_its_query_and_its_answer_is_kept(self):
        calls = []

        def fetch(request):
            calls.append(1)
            time.sleep(1.6)
            return self.good()

        client = self.client_of(fetch, total_timeout=1.0, endpoint=self.server["http"])
        with self.assertRaises(tcdb_async.RequestTimeout):
            client.describe_async_request_info(DOCUMENTED_ID)
        self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)
        self.assertEqual(len(calls), 1)

    def test_many_threads_make_one_call_of_it(self):
        calls, answers = [], []

        def fetch(request):
            calls.append(1)
            time.sleep(0.1)
            return self.good()

        client = self.client_of(fetch)

        def ask():
            answers.append(client.describe_async_request_info(DOCUMENTED_ID).is_success)

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual((len(calls), answers), (1, [True] * 16))

    def test_a_query_with_what_it_is_fetching_fails_at_once_and_the_outer_one_goes_on(self):
        inner = []

        def fetch(request):
            started = time.monotonic()
            try:
                client.describe_async_request_info(DOCUMENTED_ID)
            except CredentialsError as failure:
                inner.append((str(failure), failure.retryable, time.monotonic() - started))
            return self.good()

        client = self.client_of(fetch)
        self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)
        ((said, retryable, took),) = inner
        self.assertEqual(
            (said, retryable), ('callback "vault": this thread is the one that fetches these credentials', False)
        )
        self.assertLess(took, limit(1))

    def test_it_may_ask_with_other_credentials(self):
        other = self.client()

        def fetch(request):
            other.describe_async_request_info(DOCUMENTED_ID)
            return self.good()

        self.assertTrue(self.client_of(fetch).describe_async_request_info(DOCUMENTED_ID).is_success)

    def test_a_role_is_assumed_with_it(self):
        ready = self.server.facts
        base = Credentials.from_callable(lambda _: self.good())
        role = base.assume_role(ROLE, sts_endpoint=ready["sts"], ca_file=ready["ca"])
        del base
        gc.collect()
        with Client.from_credentials(role, region="r", endpoint=ready["https"], ca_file=ready["ca"]) as client:
            self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)

    def test_an_interruption_comes_out_of_the_query_wherever_it_is(self):
        def interrupted(request):
            raise KeyboardInterrupt

        came = []
        calls = [
            lambda: self.client_of(interrupted).describe_async_request_info(DOCUMENTED_ID),
            lambda: self.client_of(interrupted).wait(DOCUMENTED_ID),
            lambda: self.client_of(interrupted).start_wait(DOCUMENTED_ID).step(),
            lambda: Credentials.from_callable(interrupted).fetch(),
        ]

        def ask(call):
            try:
                call()
            except KeyboardInterrupt as raised:
                # The program's own frames, and no other's.
                came.append([os.path.basename(frame.f_code.co_filename) for frame, _ in walk(raised)][-1])

        for call in calls:
            ask(call)
            thread = threading.Thread(target=ask, args=(call,))
            thread.start()
            thread.join()
        self.assertEqual(came, ["test_callable.py"] * 2 * len(calls))

    def test_the_function_is_kept_as_long_as_the_credentials_and_what_is_made_with_them(self):
        class Vault:
            def __init__(self, good):
                self.good = good

            def fetch(self, request):
                return self.good

        vault = Vault(self.good())
        gone = weakref.ref(vault)
        client = self.client_of(vault.fetch)
        waiter = client.start_wait(DOCUMENTED_ID)
        del vault
        gc.collect()
        self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)
        client.close()
        self.doCleanups()
        del client
        gc.collect()
        self.assertIsNotNone(gone())
        del waiter
        self.assertIsNone(gone())

    def test_one_that_refers_to_its_client_is_garbage_with_it(self):
        class Vault:
            def __init__(self, server, good):
                self.good = good
                self.credentials = Credentials.from_callable(self.fetch)
                options = {"region": "r", "endpoint": server["https"], "ca_file": server["ca"]}
                self.client = Client.from_credentials(self.credentials, **options)

            def fetch(self, request):
                return self.good

        gc.collect()
        before = tcdb_async.live_objects()
        for _ in range(5):
            vault = Vault(self.server.facts, self.good())
            vault.client.describe_async_request_info(DOCUMENTED_ID)
            gone = weakref.ref(vault)
            del vault
            gc.collect()
            self.assertIsNone(gone())
        self.assertEqual(tcdb_async.live_objects(), before)

    def test_credentials_that_are_set_later_bring_their_function(self):
        client = self.client()
        waiter = client.start_wait(DOCUMENTED_ID)
        calls = []
        client.set_credentials(Credentials.from_callable(lambda _: calls.append(1) or self.good()))
        gc.collect()
        self.assertTrue(waiter.run().is_success)
        self.assertTrue(client.describe_async_request_info(SUCCESS).is_success)
        self.assertEqual(len(calls), 1)

    def test_an_async_client_calls_it_on_a_thread_of_its_own(self):
        import asyncio

        ready, threads = self.server.facts, []

        def fetch(request):
            threads.append(threading.get_ident())
            return self.good()

        def fails(request):
            raise KeyboardInterrupt

        async def ask(function):
            credentials = Credentials.from_callable(function, name="vault")
            options = {"region": "r", "endpoint": ready["https"], "ca_file": ready["ca"]}
            async with AsyncClient.from_credentials(credentials, **options) as client:
                return await asyncio.gather(*(client.wait(DOCUMENTED_ID) for _ in range(20)))

        self.assertEqual([info.is_success for info in asyncio.run(ask(fetch))], [True] * 20)
        self.assertEqual((len(threads), threading.get_ident() in threads), (1, False))
        with self.assertRaisesRegex(CredentialsError, "the function raised KeyboardInterrupt"):
            with unraisable() as reported:
                asyncio.run(ask(fails))
        self.assertEqual({each.exc_type for each in reported}, {KeyboardInterrupt})

    def test_a_forked_child_keeps_what_was_held_and_calls_it_itself(self):
        for how in ("fork after a call", "fork before a call", "fork inside a call", "fork amid another thread's call"):
            with self.subTest(how=how):
                self.assertEqual(self.run_program(how), "parent SUCCESS\nchild SUCCESS\n")

    def test_the_interpreter_exits_in_silence_and_waits_for_a_call_of_it(self):
        for how in (
            "exit amid a call",
            "exit amid a call of an async client",
            "exit amid many calls",
            "query at exit",
            "query from __del__ at exit",
        ):
            with self.subTest(how=how):
                said = self.run_program(how)
                self.assertEqual(said, "the function has returned\n" if "amid a call" in how else "SUCCESS\n")

    def test_a_sub_interpreter_is_refused(self):
        if sys.version_info < (3, 12):
            self.assertEqual(self.run_program("sub-interpreter"), "RuntimeError\n")

    def test_a_storm_of_exceptions_from_signal_handlers_loses_none(self):
        said = json.loads(self.run_program("storm"))
        self.assertGreater(said["raised"], 20)
        if sys.version_info < (3, 11):
            # Python up to 3.10 also runs handlers while a generator is closed, where what they raise is lost.
            self.assertGreaterEqual(said["caught"] * 50, said["raised"] * 49)
            return
        self.assertEqual((said["caught"], said["swallowed"]), (said["raised"], []))

    def run_program(self, how):
        ready = self.server.facts
        program = os.path.join(PROGRAMS, "callable.py")
        ran = processes.run(
            [sys.executable, "-X", "dev", program, how, ready["secret_id"], ready["secret_key"]],
            env=self.server.environment(),
        )
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
        return ran.stdout


def walk(raised):
    return traceback.walk_tb(raised.__traceback__)


class unraisable:
    """What Python could not raise."""

    def __enter__(self):
        self.before, reported = sys.unraisablehook, []
        sys.unraisablehook = reported.append
        return reported

    def __exit__(self, *_):
        sys.unraisablehook = self.before


if __name__ == "__main__":
    unittest.main()
