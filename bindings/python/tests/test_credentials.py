"""The sources of credentials, each asked once through a client."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import time

from fixture import DOCUMENTED_ID, MockServerTest
from tcdb_async import Client, ConfigError, Credentials, CredentialsError

ROLE = "qcs::cam::uin/100000000001:roleName/reader"

CHAIN = """
import os, sys, tcdb_async
credentials = tcdb_async.Credentials.from_default_chain(endpoint=sys.argv[1])
options = {"endpoint": os.environ["TEST_ENDPOINT"], "ca_file": os.environ["TEST_CA"]}
with tcdb_async.Client.from_credentials(credentials, region="r", **options) as client:
    print(client.describe_async_request_info(sys.argv[2]).status)
"""


class Sources(MockServerTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def answer(self, credentials, **options):
        ready = self.server.facts
        options = {"endpoint": ready["https"], "ca_file": ready["ca"], **options}
        with Client.from_credentials(credentials, **options) as client:
            return client.describe_async_request_info(DOCUMENTED_ID)

    def test_a_profile_of_an_ini_file_serves(self):
        ready = self.server.facts
        path = self.write(
            "credentials", f"[work]\nsecret_id = {ready['secret_id']}\nsecret_key = {ready['secret_key']}\n"
        )
        self.assertTrue(self.answer(Credentials.from_profile("work", path=path), region="r").is_success)
        with self.assertRaises(CredentialsError) as caught:
            Credentials.from_profile("none", path=path)
        self.assertIn(path, str(caught.exception))

    def test_a_profile_of_the_vendors_command_line_brings_its_region(self):
        ready = self.server.facts
        secret = {"secretId": ready["secret_id"], "secretKey": ready["secret_key"]}
        path = self.write("work.credential", json.dumps(secret))
        self.write("work.configure", json.dumps({"_sys_param": {"region": "ap-tokyo", "language": "zh-CN"}}))
        self.assertTrue(self.answer(Credentials.from_profile("work", path=path)).is_success)
        self.assertIn("x-tc-region: ap-tokyo", self.server.command(seen=1)["seen"][0]["head"].lower())

    def test_the_role_of_the_machine_serves(self):
        credentials = Credentials.from_cvm_role(endpoint=self.server["metadata"])
        self.assertTrue(self.answer(credentials, region="r").is_success)
        with self.assertRaises(CredentialsError):
            self.answer(Credentials.from_cvm_role("no-such-role", endpoint=self.server["metadata"]), region="r")

    def test_a_role_is_assumed_and_signs(self):
        ready = self.server.facts
        sts = {"sts_endpoint": ready["sts"], "ca_file": ready["ca"]}
        base = Credentials(ready["secret_id"], ready["secret_key"])
        role = base.assume_role(ROLE, session_name="a-test", duration=datetime.timedelta(hours=1), **sts)
        self.assertIn(ROLE, role.source)
        self.assertIsNone(role.expires)
        role.fetch(timeout=20)
        self.assertGreater(role.expires, time.time())
        self.assertTrue(self.answer(role, region="r").is_success)
        (seen,) = self.server.command(sts_seen=10)["seen"]
        self.assertEqual((seen["action"], seen["secret_id"]), ("AssumeRole", ready["secret_id"]))
        self.assertEqual(
            (seen["parameters"]["RoleSessionName"], seen["parameters"]["DurationSeconds"]), ("a-test", 3600)
        )

    def test_a_token_in_a_file_gives_a_role(self):
        ready = self.server.facts
        path = self.write("token", ready["web_identity_token"])
        sts = {"sts_endpoint": ready["sts"], "ca_file": ready["ca"]}
        credentials = Credentials.from_web_identity(ROLE, "a-provider", path, **sts)
        self.assertTrue(self.answer(credentials, region="r").is_success)

    def test_a_role_that_cannot_be_assumed_is_named(self):
        table = [
            (lambda base: base.assume_role(""), "role_arn "),
            (lambda base: base.assume_role(ROLE, session_name="a b"), "session_name "),
            (lambda base: base.assume_role(ROLE, duration=10**6), "duration"),
            (lambda base: base.assume_role(ROLE, duration="1"), "duration must be a number of seconds"),
            (lambda base: base.assume_role(ROLE, policy="not json"), "policy "),
            (lambda base: base.fetch(timeout=-1), "timeout is out of range"),
            (lambda base: Credentials.from_web_identity(ROLE, "", "/no/such"), "provider_id "),
        ]
        base = Credentials("an-id", "a-key")
        for number, (call, said) in enumerate(table):
            with self.subTest(number=number):
                with self.assertRaises((ConfigError, TypeError)) as caught:
                    call(base)
                self.assertTrue(str(caught.exception).startswith(said), str(caught.exception))
        with self.assertRaises(CredentialsError):
            Credentials.from_tke()

    def test_the_chain_comes_to_the_role_where_nothing_else_is(self):
        environment = self.server.environment(HOME=self.folder)
        del environment["TENCENTCLOUD_SECRET_ID"], environment["TENCENTCLOUD_SECRET_KEY"]
        command = [sys.executable, "-c", CHAIN, self.server["metadata"], DOCUMENTED_ID]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.stdout, ran.stderr), ("SUCCESS\n", ""))
