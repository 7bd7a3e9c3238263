"""What is refused before C could see it, and what C refuses by name."""

import datetime
import decimal
import fractions
import pathlib
import pickle
import re
import unittest

import tcdb_async
from fixture import DOCUMENTED_ID, MockServerTest
from tcdb_async import ConfigError, _arguments, _ffi, _options

try:
    import numpy
except ImportError:
    numpy = None


class Arguments(MockServerTest):
    def test_bad_options_are_named(self):
        refused = [
            ({"endpoint": "http://example.com"}, "endpoint"),
            ({"endpoint": "a\0b"}, "endpoint"),
            ({"region": ""}, "region"),
            ({"region": "a\0b"}, "region"),
            ({"region": "\udc80"}, "region"),
            ({"language": "de"}, "language"),
            ({"connect_timeout": -1}, "connect_timeout"),
            ({"total_timeout": float("nan")}, "total_timeout"),
            ({"total_timeout": 1e12}, "total_timeout"),
            ({"max_attempts": 11}, "max_attempts"),
            ({"max_attempts": 1 + 2**32}, "max_attempts"),
            ({"max_attempts": -1}, "max_attempts"),
            ({"max_requests_per_second": 2**32}, "max_requests_per_second"),
            ({"proxy": "ftp://proxy"}, "proxy"),
            ({"ca_file": "/no/such/file.pem"}, "/no/such/file.pem"),
            ({"ca_file": b"a\0b"}, "ca_file"),
            ({"request_client": "a b"}, "request_client"),
        ]
        for options, name in refused:
            with self.subTest(**options):
                with self.assertRaises(ConfigError) as caught:
                    self.client(**options)
                self.assertIn(name, str(caught.exception))
                self.assertEqual(caught.exception.code, "TCDB_ERR_INVALID_ARGUMENT")

    def test_good_options_are_taken(self):
        ca = pathlib.Path(self.server["ca"])
        times = {"connect_timeout": 0.5, "total_timeout": 2}
        client = self.client(
            ca_file=ca, language="zh-CN", max_attempts=1, clock_correction=False, request_client="a-test", **times
        )
        client.describe_async_request_info(DOCUMENTED_ID)
        head = self.server.command(seen=1)["seen"][0]["head"].lower()
        self.assertIn("x-tc-language: zh-cn", head)
        self.assertIn("x-tc-requestclient: a-test", head)

    def test_every_option_of_c_is_a_keyword_and_in_the_clients_docstring(self):
        setters = {name for name in _ffi.ACCESSORS if name.startswith("tcdb_options_set_")} - {"tcdb_options_set_log"}
        self.assertEqual(
            {f"tcdb_options_set_{name}" for name in _options._SETTERS}, {name.removesuffix("_ms") for name in setters}
        )
        named = set(re.findall(r"`(\w+)`", tcdb_async.Client.__doc__))
        self.assertEqual(set(_options._SETTERS) - named, {"sts_endpoint"})

    def test_language_none_asks_for_none(self):
        self.client(language=None).describe_async_request_info(DOCUMENTED_ID)
        self.assertNotIn("x-tc-language", self.server.command(seen=1)["seen"][0]["head"].lower())

    def test_wrong_types_and_unknown_options_are_type_errors(self):
        for options in ({"region": 5}, {"max_attempts": 1.5}, {"connect_timeout": "1"}, {"no_such_option": 1}):
            with self.subTest(**options), self.assertRaises(TypeError):
                self.client(**options)

    def test_numbers_of_any_kind_become_pythons_own_first(self):
        """As NumPy's scalars, whose arithmetic wraps around."""

        class Narrow:
            def __float__(self):
                return 66.0

            def __mul__(self, other):
                return 464

            __rmul__ = __mul__

        class NarrowInteger:
            def __index__(self):
                return 7

        self.assertEqual(_arguments.milliseconds("timeout", Narrow()), 66_000)
        self.assertEqual(_arguments.milliseconds("timeout", NarrowInteger()), 7_000)
        self.assertEqual(_arguments.uint32("max_attempts", NarrowInteger()), 7)
        self.assertIs(type(_arguments.uint32("max_attempts", True)), int)
        for good, ms in (
            (decimal.Decimal("0.1"), 100),
            (fractions.Fraction(1, 3), 334),
            (datetime.timedelta(minutes=2), 120_000),
            (datetime.timedelta(microseconds=1), 1),
        ):
            self.assertEqual(_arguments.milliseconds("timeout", good), ms)
        self.assertEqual(_arguments.timeout_milliseconds("timeout", float("inf")), 2**64 - 1)
        self.assertEqual(_arguments.timeout_milliseconds("timeout", datetime.timedelta(days=1)), 86_400_000)

    @unittest.skipIf(numpy is None, "NumPy is not there")
    def test_numpys_scalars_are_numbers(self):
        for number in (numpy.uint16(66), numpy.int16(66), numpy.float32(66)):
            self.assertEqual(_arguments.timeout_milliseconds("timeout", number), 66_000)

    def test_what_is_refused_is_named_as_in_python(self):
        client = self.client()
        credentials = tcdb_async.Credentials
        table = [
            (lambda: credentials.from_profile(""), "profile "),
            (lambda: credentials.from_profile("a/b"), "profile "),
            (lambda: credentials.from_profile(5), "profile must be str, not int"),
            (lambda: credentials.from_profile(path=""), "path "),
            (lambda: credentials.from_profile(path=5), "path must be str or a path, not int"),
            (lambda: credentials.from_cvm_role(""), "role "),
            (lambda: credentials.from_cvm_role("a b"), "role "),
            (lambda: credentials("an-id", "a-key", ""), "token "),
            (lambda: credentials("", "a-key"), "secret_id "),
            (lambda: credentials("an-id", 5), "secret_key must be str, not int"),
            (lambda: self.client(region=""), "region "),
            (lambda: self.client(connect_timeout="1"), "connect_timeout must be a number of seconds or a timedelta"),
            (lambda: self.client(total_timeout=1e300), "total_timeout is out of range"),
            (lambda: self.client(max_attempts="3"), "max_attempts must be int, not str"),
            (lambda: self.client(ca_file=5), "ca_file must be str or a path, not int"),
            (lambda: tcdb_async.Client.from_credentials("an-id"), "credentials must be Credentials, not str"),
            (lambda: client.set_credentials(None), "credentials must be Credentials, not NoneType"),
            (lambda: client.wait(""), "async_request_id "),
            (lambda: client.wait("an-id", timeout="5"), "timeout must be a number of seconds or a timedelta, not str"),
            (lambda: client.wait("an-id", timeout=[]), "timeout must be"),
            (lambda: client.wait("an-id", timeout=float("nan")), "timeout is not a number"),
            (lambda: client.wait("an-id", interval="5"), "interval must be"),
            (lambda: client.wait("an-id", interval=(1, 2, 3)), "interval must be one number of seconds or two"),
            (lambda: client.wait("an-id", interval=0), "interval is 0"),
            (lambda: client.wait("an-id", interval=0.1), "interval "),
            (
                lambda: client.wait("an-id", interval=(2, 1)),
                "interval is to grow: its second number, 1, is below the first, 2",
            ),
            (lambda: client.wait("an-id", stop_on="NONE"), "stop_on must be one of UNKNOWN, INITIAL"),
            (lambda: client.wait("an-id", stop_on=[5]), "stop_on must be one of"),
            (lambda: client.wait("an-id", stop_on=5), "stop_on must be a Status or several, not int"),
            (lambda: client.wait("an-id", on_poll=5), "on_poll must be a function, not int"),
            (lambda: client.start_wait("an-id").step("1"), "max_block must be"),
            (lambda: client.sign("an-id", timestamp="1"), "timestamp must be int, not str"),
            (lambda: client.sign("an-id", timestamp=0), "timestamp "),
            (lambda: tcdb_async.parse_response("200", b""), "http_status must be int, not str"),
            (lambda: tcdb_async.parse_response(99, b""), "http_status "),
        ]
        for number, (call, said) in enumerate(table):
            with self.subTest(number=number, said=said):
                with self.assertRaises((ConfigError, TypeError)) as caught:
                    call()
                self.assertTrue(str(caught.exception).startswith(said), str(caught.exception))
                self.assertNotIn("ctypes", str(caught.exception))

    def test_a_client_that_could_not_be_made_has_a_repr(self):
        for made in (
            tcdb_async.Client.__new__(tcdb_async.Client),
            tcdb_async.Credentials.__new__(tcdb_async.Credentials),
        ):
            self.assertIn("<", repr(made))
        half = tcdb_async.Client.__new__(tcdb_async.Client)
        self.assertTrue(half.is_closed)
        half.close()

    def test_bad_ids_are_refused(self):
        client = self.client()
        for bad in ("", "a\0b", "x" * 257, "a\nb"):
            with self.subTest(id=bad), self.assertRaises(ConfigError):
                client.describe_async_request_info(bad)
        with self.assertRaises(TypeError):
            client.describe_async_request_info(None)
        self.assertEqual(self.server.requests(), 0)


class Secrets(unittest.TestCase):
    def test_a_refused_secret_is_not_shown(self):
        for key in ("SECRET\0", "SECRET\udc80", "SECRET key"):
            with self.subTest(key=key):
                with self.assertRaises(ConfigError) as caught:
                    tcdb_async.Credentials("an-id", key)
                error = caught.exception
                self.assertNotIn("SECRET", f"{error!r} {vars(error)} {error.__cause__!r}")
                self.assertTrue(error.__suppress_context__ or error.__context__ is None)

    def test_what_holds_secrets_does_not_pickle(self):
        client = tcdb_async.Client("an-id", "a-key", region="ap-singapore")
        for holder in (client, tcdb_async.Credentials("an-id", "a-key")):
            with self.assertRaises(TypeError):
                pickle.dumps(holder)

    def test_without_a_region_the_places_are_named(self):
        with self.assertRaises(ConfigError) as caught:
            tcdb_async.Client("an-id", "a-key")
        self.assertIn("TENCENTCLOUD_REGION", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
