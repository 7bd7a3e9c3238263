"""The mock server through the vendor's own command line: the API with and without --waiter, and STS.

`make check-vendor-cli` runs this with a Python that has it.
"""
import json
import sys

import processes
from fixture import DOCUMENTED, HomeTest

# It speaks HTTPS only and trusts certifi's authorities: those are replaced by the mock server's, and nothing else is.
RUN = "import certifi, sys; ca = sys.argv.pop(1); certifi.where = lambda: ca; from tccli.main import main; sys.exit(main())"
ROLE = "qcs::cam::uin/100000000001:roleName/reader"


class VendorCommandLine(HomeTest):
    def run_cli(self, *arguments, **environment):
        environment = self.server.environment(HOME=self.home, **environment)
        command = [sys.executable, "-c", RUN, self.server.ca, *arguments]
        return processes.run(command, env=environment)

    def query(self, task, *arguments, endpoint=True, **environment):
        endpoint = ["--endpoint", self.host(self.server.https)] if endpoint else []
        return self.run_cli("cdb", "DescribeAsyncRequestInfo", "--AsyncRequestId", task, *endpoint, *arguments, **environment)

    def sts(self, action, *arguments):
        ran = self.run_cli("sts", action, "--endpoint", self.host(self.server["sts"]), *arguments)
        return self.answer(ran)

    def answer(self, ran):
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout)

    @staticmethod
    def host(url):
        return url.partition("://")[2]

    def test_a_task_is_queried(self):
        answer = self.answer(self.query(DOCUMENTED))
        self.assertEqual((answer["Status"], answer["Info"]), ("SUCCESS", "Dropped the database table successfully."))
        head = self.server.seen()[0]["head"]
        self.assertRegex(head, "(?i)x-tc-requestclient: [^\\r]*; _CLI_")

    def test_its_waiter_follows_a_task_to_its_end(self):
        life = [{"status": "INITIAL", "times": 1}, {"status": "RUNNING", "times": 2}, {"status": "SUCCESS"}]
        self.command(put={"id": "a task", "life": life})
        waiter = json.dumps({"expr": "Status", "to": "SUCCESS", "interval": 0.1, "timeout": 20})
        self.assertEqual(self.answer(self.query("a task", "--waiter", waiter))["Status"], "SUCCESS")
        self.assertEqual(len(self.server.seen()), 4)

    def test_refusals_are_reported_with_their_code(self):
        for change, code in [({}, "InvalidParameter.InvalidAsyncRequestId"),
                             ({"TENCENTCLOUD_SECRET_KEY": "wrong"}, "AuthFailure.SignatureFailure"),
                             ({"TENCENTCLOUD_TOKEN": "a token"}, "AuthFailure.TokenFailure")]:
            ran = self.query("unknown", **change)
            self.assertNotEqual(ran.returncode, 0)
            self.assertIn(f"code:{code} ", ran.stdout + ran.stderr)

    def test_a_configured_profile_names_the_endpoint(self):
        pairs = ["secretId", self.server.id, "secretKey", self.server.key, "region", "ap-guangzhou",
                 "cdb.endpoint", self.host(self.server.https)]
        written = self.run_cli("configure", "set", *pairs, "--profile", "p")
        self.assertEqual(written.returncode, 0, written.stderr)
        unset = dict.fromkeys(["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_REGION"])
        answer = self.answer(self.query(DOCUMENTED, "--profile", "p", endpoint=False, **unset))
        self.assertEqual(answer["Status"], "SUCCESS")

    def test_a_role_is_assumed_and_signs(self):
        self.answer_configured_role()
        self.assertEqual([seen["action"] for seen in self.command(sts_seen=9)["seen"]], ["AssumeRole"])
        [issued] = self.command(sts_secret_ids=True)["ids"]
        self.assertEqual(self.server.seen()[0]["secret_id"], issued)

    def answer_configured_role(self):
        written = self.run_cli("configure", "set", "sts.endpoint", self.host(self.server["sts"]))
        self.assertEqual(written.returncode, 0, written.stderr)
        role = {"TENCENTCLOUD_ROLE_ARN": ROLE, "TENCENTCLOUD_ROLE_SESSION_NAME": "a-session"}
        self.assertEqual(self.answer(self.query(DOCUMENTED, **role))["Status"], "SUCCESS")

    def test_every_action_of_sts_is_answered_as_documented(self):
        role = ["--RoleArn", ROLE, "--RoleSessionName", "a-session"]
        issued = self.sts("AssumeRole", *role, "--DurationSeconds", "3600")
        self.assertEqual(sorted(issued), ["Credentials", "Expiration", "ExpiredTime", "RequestId"])
        self.assertEqual(sorted(issued["Credentials"]), ["TmpSecretId", "TmpSecretKey", "Token"])
        token = self.server["web_identity_token"]
        issued = self.sts("AssumeRoleWithWebIdentity", *role, "--ProviderId", "OIDC", "--WebIdentityToken", token)
        self.assertIsInstance(issued["ExpiredTime"], int)
        self.assertEqual(self.sts("GetCallerIdentity")["Type"], "CAMUser")
        signers = [seen["secret_id"] for seen in self.command(sts_seen=9)["seen"]]
        self.assertEqual(signers, [self.server.id, None, self.server.id])
