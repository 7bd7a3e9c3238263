"""Failures: which exception, what it carries, and that it crosses processes."""

import copy
import json
import os
import pickle
import socket
import sys
import traceback
import unittest

import tcdb_async
from fixture import DOCUMENTED_ID, FAILED, MockServerTest, demo_id
from tcdb_async import AsyncRequestInfo, Status, TaskFailedError, TcdbError, _errors, _ffi


class FailuresOfTheApi(MockServerTest):
    def failure_of(self, **answer):
        self.server.command(behave=True)
        self.server.command(misbehave=answer)
        with self.assertRaises(TcdbError) as caught:
            self.client(max_attempts=1, total_timeout=0.5).describe_async_request_info(DOCUMENTED_ID)
        return caught.exception

    def test_each_kind_has_its_exception(self):
        kinds = [
            ({"error": {"code": "AuthFailure.SignatureFailure"}}, tcdb_async.AuthError, "TCDB_ERR_AUTH", False),
            ({"error": {"code": "UnauthorizedOperation"}}, tcdb_async.AuthError, "TCDB_ERR_DENIED", False),
            ({"error": {"code": "RequestLimitExceeded"}}, tcdb_async.ThrottledError, "TCDB_ERR_RATE_LIMITED", True),
            ({"error": {"code": "InvalidParameter"}}, tcdb_async.ApiError, "TCDB_ERR_REJECTED", False),
            ({"error": {"code": "InternalError"}, "http": 500}, tcdb_async.ApiError, "TCDB_ERR_UNAVAILABLE", True),
            ({"fault": "html_200"}, tcdb_async.ResponseError, "TCDB_ERR_BAD_RESPONSE", False),
            ({"fault": "reset_before_first_byte"}, tcdb_async.TransportError, "TCDB_ERR_TRANSPORT", True),
            ({"fault": "stall_reply"}, tcdb_async.RequestTimeout, "TCDB_ERR_REQUEST_TIMEOUT", True),
        ]
        for answer, kind, code, retryable in kinds:
            with self.subTest(code=code):
                error = self.failure_of(**answer)
                self.assertIs(type(error), kind)
                self.assertEqual((error.code, error.retryable, error.attempts), (code, retryable, 1))

    def test_what_the_api_said_is_kept(self):
        error = self.failure_of(error={"code": "OperationDenied", "message": "a\0b"}, http=403)
        self.assertEqual((error.server_code, error.server_message, error.http_status), ("OperationDenied", "a\0b", 403))
        self.assertEqual(len(error.request_id), 36)
        self.assertIn("OperationDenied", str(error))

    def test_an_unknown_task_has_an_exception_of_its_own(self):
        with self.assertRaises(tcdb_async.UnknownRequestIdError):
            self.client().describe_async_request_info("0-0-0-0")

    def test_a_refused_connection_and_an_untrusted_certificate_are_transport_errors(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            closed = f"127.0.0.1:{unused.getsockname()[1]}"
            for options, code in (({"endpoint": closed}, "TCDB_ERR_CONNECT"), ({"ca_file": None}, "TCDB_ERR_TLS")):
                with self.assertRaises(tcdb_async.TransportError) as caught:
                    self.client(max_attempts=1, **options).describe_async_request_info(DOCUMENTED_ID)
                self.assertEqual(caught.exception.code, code)
                self.assertIsNone(caught.exception.http_status)

    def test_no_text_shows_a_secret(self):
        client = self.server.client()
        self.server.command(misbehave={"error": {"code": "AuthFailure", "message": "no"}})
        with self.assertRaises(TcdbError) as caught:
            client.describe_async_request_info(DOCUMENTED_ID)
        shown = f"{client!r} {caught.exception!r} {vars(caught.exception)} {tcdb_async.Credentials('an-id', 'a-key')!r}"
        for secret in (self.server["secret_key"], self.server["secret_id"], "a-key", "an-id"):
            self.assertNotIn(secret, shown)


class Exceptions(MockServerTest):
    def test_a_failure_is_named_from_the_package_and_shows_no_machinery(self):
        client = self.client()
        for call, frames in (
            (lambda: client.describe_async_request_info("0-0-0-0"), 1),
            (lambda: client.wait("0-0-0-0"), 1),
            (lambda: client.wait(FAILED), 1),
            (lambda: client.start_wait("0-0-0-0").run(), 1),
        ):
            try:
                call()
            except TcdbError:
                shown = traceback.format_exception(*sys.exc_info())
            self.assertRegex(shown[-1], r"^tcdb_async\.\w+: ")
            inside = [each for each in shown if os.path.dirname(tcdb_async.__file__) in each]
            self.assertEqual(len(inside), frames, "".join(shown))

    def test_public_names_are_those_of_the_package(self):
        for name in tcdb_async.__all__:
            self.assertEqual(getattr(getattr(tcdb_async, name), "__module__", "tcdb_async"), "tcdb_async", name)

    def test_a_failure_as_json_has_every_field(self):
        with self.assertRaises(TcdbError) as caught:
            self.client().wait(demo_id(2), timeout=0)
        error = caught.exception
        said = json.loads(error.to_json())
        self.assertEqual(said, error.to_dict())
        self.assertEqual((said["code"], said["message"], said["last"]["status"]), (error.code, str(error), "RUNNING"))
        self.assertEqual(set(said) - {"message"}, set(TcdbError.__annotations__))

    def test_every_code_has_an_exception_and_an_unknown_one_the_base(self):
        self.assertEqual(set(_errors._KINDS), set(_ffi.CODES) - {"TCDB_OK"})
        self.assertIs(_errors.kind_of(9999), TcdbError)

    def test_all_exceptions_pickle_and_copy(self):
        said = {"code": "X", "server_code": "Y", "server_message": "Z", "request_id": "R", "http_status": 500}
        info = AsyncRequestInfo("id", Status.FAILED, "FAILED", None, None, True, False)
        errors = [
            kind("text", attempts=2, retryable=True, **said)
            for kind in vars(tcdb_async).values()
            if isinstance(kind, type) and issubclass(kind, TcdbError) and kind is not TaskFailedError
        ]
        self.assertGreater(len(errors), 15)
        timeout = tcdb_async.WaitTimeout("over")
        timeout.last = info
        for error in [*errors, timeout, TaskFailedError("failed", info)]:
            for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
                self.assertIs(type(again), type(error))
                self.assertEqual((str(again), vars(again)), (str(error), vars(error)))


if __name__ == "__main__":
    unittest.main()
