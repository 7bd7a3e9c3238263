"""The signed request for other HTTP stacks, and the reading of their replies."""

import json
import os
import pickle
import ssl
import unittest
import urllib.request

import tcdb_async
from fixture import DOCUMENTED_ID, MockServerTest
from tcdb_async import ConfigError, Status, parse_response


class Signed(MockServerTest):
    def test_another_stack_can_send_it(self):
        signed = self.client().sign(DOCUMENTED_ID)
        context = ssl.create_default_context(cafile=self.server["ca"])
        request = urllib.request.Request(signed.url, signed.body, signed.headers)
        with urllib.request.urlopen(request, context=context) as reply:
            info = parse_response(reply.status, reply.read(), DOCUMENTED_ID)
        self.assertEqual((info.status, info.async_request_id), (Status.SUCCESS, DOCUMENTED_ID))

    def test_it_is_signed_for_the_time_that_is_given(self):
        signed = self.client().sign(DOCUMENTED_ID, timestamp=1_700_000_000)
        self.assertEqual(signed.headers["X-TC-Timestamp"], "1700000000")
        self.assertEqual(signed.string_to_sign.splitlines()[1:3], ["1700000000", "2023-11-14/cdb/tc3_request"])
        self.assertTrue(signed.canonical_request.startswith("POST\n/\n"))
        self.assertEqual(json.loads(signed.body), {"AsyncRequestId": DOCUMENTED_ID})

    def test_it_shows_and_pickles_no_signature(self):
        signed = self.client().sign(DOCUMENTED_ID)
        self.assertNotIn(signed.headers["Authorization"].rpartition("=")[2], repr(signed))
        self.assertRaises(TypeError, pickle.dumps, signed)

    def test_bad_times_are_named(self):
        for bad in (0, -(2**62), 2**63, 2**40):
            with self.subTest(timestamp=bad), self.assertRaises(ConfigError):
                self.client().sign(DOCUMENTED_ID, timestamp=bad)

    def test_it_needs_no_network_and_frees_all(self):
        client = self.client(endpoint="https://localhost:1")
        client.sign(DOCUMENTED_ID)
        before = tcdb_async.live_objects()
        client.sign(DOCUMENTED_ID)
        self.assertEqual(tcdb_async.live_objects(), before)


class Replies(unittest.TestCase):
    def test_a_reply_is_read_as_a_query_reads_it(self):
        info = parse_response(200, b'{"Response":{"Status":"RUNNING","Info":"a\\u0000b","RequestId":"r"}}')
        self.assertEqual((info.status, info.info, info.request_id), (Status.RUNNING, "a\0b", "r"))

    def test_refusals_and_nonsense_raise(self):
        refused = b'{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"no"},"RequestId":"r"}}'
        with self.assertRaises(tcdb_async.AuthError) as caught:
            parse_response(200, refused)
        self.assertEqual((caught.exception.request_id, caught.exception.attempts), ("r", 0))
        for status, body in ((200, b""), (200, b"<html>"), (302, b""), (200, os.urandom(64))):
            with self.subTest(status=status), self.assertRaises(tcdb_async.ResponseError):
                parse_response(status, body)

    def test_bad_arguments_are_refused(self):
        for status in (0, 1000, 2**32 + 200):
            with self.subTest(status=status), self.assertRaises(ConfigError):
                parse_response(status, b"{}")
        self.assertRaises(TypeError, parse_response, 200, "{}")


if __name__ == "__main__":
    unittest.main()
