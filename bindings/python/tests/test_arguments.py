"""What is refused before C could see it, and what C refuses by name."""

import pathlib
import pickle
import unittest

import tcdb_async
from fixture import DOCUMENTED_ID, MockServerTest
from tcdb_async import ConfigError


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

    def test_language_none_asks_for_none(self):
        self.client(language=None).describe_async_request_info(DOCUMENTED_ID)
        self.assertNotIn("x-tc-language", self.server.command(seen=1)["seen"][0]["head"].lower())

    def test_wrong_types_and_unknown_options_are_type_errors(self):
        for options in ({"region": 5}, {"max_attempts": 1.5}, {"connect_timeout": "1"}, {"no_such_option": 1}):
            with self.subTest(**options), self.assertRaises(TypeError):
                self.client(**options)

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
