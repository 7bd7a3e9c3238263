"""The mock server through the vendor's own Python SDK, so that both ends of the tests agree with a third party.

`make check-vendor-sdk` runs this with a Python that has the SDK.
"""
from tencentcloud.cdb.v20170320.cdb_client import CdbClient
from tencentcloud.cdb.v20170320.models import DescribeAsyncRequestInfoRequest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from fixture import DOCUMENTED, MockServerTest, demo_task

ANSWERS = {
    DOCUMENTED: ("SUCCESS", "Dropped the database table successfully."),
    demo_task(1): ("INITIAL", "Waiting to be executed."),
    demo_task(2): ("RUNNING", "Being executed."),
    demo_task(3): ("SUCCESS", "Executed successfully."),
    demo_task(4): ("FAILED", "Execution failed."),
    demo_task(5): ("KILLED", "Ended by an operator."),
    demo_task(6): ("REMOVED", "The task was deleted."),
    demo_task(7): ("PAUSED", "Paused."),
    demo_task(8): ("UNDEFINED", "Waiting for the maintenance window."),
    demo_task("a0"): (None, None),
    demo_task("a1"): (None, None),
    demo_task("a2"): ("", ""),
    demo_task("a3"): ("SUCCEED", ""),
    demo_task("a4"): ("success", ""),
    demo_task("a5"): ("SUCCESS", None),
    demo_task("a6"): ("SUCCESS", "任务执行成功"),
}
# What is changed in a good client, and the code expected.
REFUSALS = {
    "a wrong key": ({"key": "a wrong key"}, "AuthFailure.SignatureFailure"),
    "an unknown secret id": ({"id": "AKIDUNKNOWN"}, "AuthFailure.SecretIdNotFound"),
    "a token that was not issued": ({"token": "a token"}, "AuthFailure.TokenFailure"),
    "an unknown task": ({"task": "0-0-0-0"}, "InvalidParameter.InvalidAsyncRequestId"),
    "a clock that is off": ({"clock_offset": 400}, "AuthFailure.SignatureExpire"),
}


class VendorSdk(MockServerTest):
    def client(self, scheme, change=None):
        change = change or {}
        credential = Credential(change.get("id", self.server.id), change.get("key", self.server.key), change.get("token"))
        http = HttpProfile(protocol=scheme, endpoint=self.server[scheme].partition("://")[2], reqTimeout=10)
        http.certification = self.server.ca
        return CdbClient(credential, "ap-singapore", ClientProfile(httpProfile=http))

    def ask(self, client, task):
        request = DescribeAsyncRequestInfoRequest()
        request.AsyncRequestId = task
        return client.DescribeAsyncRequestInfo(request)

    def for_each(self, cases):
        """Each case over both schemes, and that the mock server was asked for each."""
        for scheme in ("https", "http"):
            for what, case in cases.items():
                before = self.server.requests()
                with self.subTest(f"{scheme} {what}"):
                    yield scheme, case if isinstance(case, tuple) else (case,), what
                    self.assertGreater(self.server.requests(), before)

    def test_every_answer_is_understood(self):
        for scheme, expected, task in self.for_each(ANSWERS):
            answer = self.ask(self.client(scheme), task)
            self.assertEqual((answer.Status, answer.Info), expected)
            self.assertEqual(len(answer.RequestId), 36)

    def test_every_refusal_is_understood(self):
        for scheme, (change, code), _ in self.for_each(REFUSALS):
            self.command(clock_offset=change.get("clock_offset", 0))
            with self.assertRaises(TencentCloudSDKException) as caught:
                self.ask(self.client(scheme, change), change.get("task", DOCUMENTED))
            self.assertEqual(caught.exception.get_code(), code)
            self.assertEqual(len(caught.exception.get_request_id()), 36)
        self.command(clock_offset=0)

    def test_a_task_lives_from_initial_to_success(self):
        for scheme in ("https", "http"):
            with self.subTest(scheme):
                life = [{"status": "INITIAL", "times": 1}, {"status": "RUNNING", "times": 2}, {"status": "SUCCESS"}]
                self.command(put={"id": f"a life over {scheme}", "life": life})
                client = self.client(scheme)
                statuses = [self.ask(client, f"a life over {scheme}").Status for _ in range(5)]
                self.assertEqual(statuses, ["INITIAL", "RUNNING", "RUNNING", "SUCCESS", "SUCCESS"])

    def test_a_wrong_answer_would_be_seen(self):
        self.command(misbehave={"fault": "error_null"})
        for task, expected in ANSWERS.items():
            with self.subTest(task), self.assertRaises((AssertionError, TencentCloudSDKException, TypeError, AttributeError, KeyError)):
                answer = self.ask(self.client("https"), task)
                self.assertEqual((answer.Status, answer.Info, len(answer.RequestId)), (*expected, 36))
