"""Credentials in processes of their own: what environment, home, fork and memory have to do with them."""
import json
import os
import time

from fixture import HomeTest, demo_task

ID = demo_task(3)
SCANNED = {"secret_id": "AKIDscan", "secret_key": "ScanKey-Wd7Rk2Tq9Lm4Zx8Bv3Nc6Hj1Gf5Ys0P."}


class Credentials(HomeTest):
    def test_no_copy_of_the_key_is_left_in_the_process(self):
        self.command(credentials=SCANNED)
        profile = self.write("scan.credential", json.dumps({"secretId": SCANNED["secret_id"], "secretKey": SCANNED["secret_key"]}))
        ini = self.write("scan", "[default]\nsecret_id={secret_id}\nsecret_key = {secret_key}\n".format(**SCANNED))
        for url, more in [("http", []), ("https", []), ("http", [profile]), ("http", [ini])]:
            ran = self.at_home("secret_scan", self.server[url], self.server["ca"], ID, *more)
            self.assertEqual((ran.returncode, ran.stdout), (0, "0 copies of the key left, 0 given back unwiped\n"), ran.stderr)
            self.assertIn("while in use: key", ran.stderr)

    def test_no_copy_of_a_roles_key_is_left_either(self):
        self.command(credentials={**SCANNED, "token": "t"})
        reply = json.dumps({"TmpSecretId": SCANNED["secret_id"], "TmpSecretKey": SCANNED["secret_key"], "Token": "t",
                            "ExpiredTime": int(time.time()) + 3600, "Code": "Success"})
        self.command(misbehave={"raw": f"HTTP/1.1 200 OK\r\nContent-Length: {len(reply)}\r\n\r\n{reply}", "on": "metadata"})
        ran = self.at_home("secret_scan", self.server["http"], self.server["ca"], ID, self.server["metadata"])
        self.assertEqual((ran.returncode, ran.stdout), (0, "0 copies of the key left, 0 given back unwiped\n"), ran.stderr)

    def test_a_child_fetches_for_itself_while_its_parents_thread_hangs_in_a_fetch(self):
        self.command(misbehave={"fault": "stall_reply", "next_requests": 1, "on": "metadata"})
        ran = self.at_home("credentials_fork", "stalled", self.server["metadata"], self.server["http"], ID)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.command(stats=True)["metadata_requests"], 3)

    def test_a_child_goes_on_with_what_its_parent_held(self):
        ran = self.at_home("credentials_fork", "held", self.server["metadata"], self.server["http"], ID)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.command(stats=True)["metadata_requests"], 2)

    def test_a_callback_may_fork_and_a_child_goes_on_with_what_is_held(self):
        ran = self.at_home("callback_fork", self.server["http"], ID, self.server["secret_id"], self.server["secret_key"])
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_no_copy_of_the_key_is_left_by_sts_or_a_callback(self):
        self.command(credentials={**SCANNED, "token": "t"})
        issued = {"Token": "t", "TmpSecretId": SCANNED["secret_id"], "TmpSecretKey": SCANNED["secret_key"]}
        reply = json.dumps({"Response": {"Credentials": issued, "ExpiredTime": int(time.time()) + 3600, "RequestId": "r"}})
        self.command(misbehave={"raw": f"HTTP/1.1 200 OK\r\nContent-Length: {len(reply)}\r\n\r\n{reply}", "on": "sts"})
        for where in ["sts=" + self.server["sts_http"], "callback"]:
            ran = self.at_home("secret_scan", self.server["http"], self.server["ca"], ID, where)
            self.assertEqual((ran.returncode, ran.stdout), (0, "0 copies of the key left, 0 given back unwiped\n"), ran.stderr)

    def test_the_environment_serves_and_says_what_it_lacks(self):
        key = {"TENCENTCLOUD_SECRET_ID": self.server["secret_id"], "TENCENTCLOUD_SECRET_KEY": self.server["secret_key"]}
        self.assertEqual(self.places("env", **key).stdout, "ok\n")
        self.assertEqual(self.places("env").stdout,
                         "TCDB_ERR_CREDENTIALS: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set\n")

    def test_profiles_are_found_below_home_and_by_their_variables(self):
        ini = "[default]\nsecret_id=AKIDini\nsecret_key=k\n[other]\nsecret_id=AKIDother\nsecret_key=k\n"
        self.write(".tencentcloud/credentials", ini)
        self.write(".tccli/cli.credential", '{"secretId": "AKIDcli", "secretKey": "k"}')
        named = self.write("named", "[default]\nsecret_id=AKIDnamed\nsecret_key=k\n")
        for where, environment, expected in [
            ("profile", {}, "AKIDini"),
            ("profile=other", {}, "AKIDother"),
            ("profile", {"TCCLI_PROFILE": "other"}, "AKIDother"),
            ("profile", {"TCCLI_PROFILE": "cli"}, "AKIDcli"),
            ("profile=cli", {"TCCLI_PROFILE": "other"}, "AKIDcli"),
            ("profile", {"TENCENTCLOUD_CREDENTIALS_FILE": named}, "AKIDnamed"),
            ("file=" + named, {"HOME": None}, "AKIDnamed"),
        ]:
            self.accept(expected)
            ran = self.places(where, **environment)
            self.assertEqual((ran.stdout, self.signed_by()), ("ok\n", expected), (where, environment))

    def test_the_chain_goes_by_the_order_of_the_sdks(self):
        self.assertEqual(self.places("default").stdout.splitlines()[-1], "ok")
        self.assertTrue(self.signed_by().startswith("AKIDFAKETEMPORARY"))
        self.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDini\nsecret_key=k\n")
        self.accept("AKIDini")
        path = os.path.join(self.home, ".tencentcloud/credentials")
        self.assertEqual(self.places("default").stdout, f'log: credentials come from profile "default" in {path}\nok\n')
        self.assertEqual(self.signed_by(), "AKIDini")
        self.accept("AKIDenv")
        ran = self.places("default", TENCENTCLOUD_SECRET_ID="AKIDenv", TENCENTCLOUD_SECRET_KEY="k")
        self.assertEqual((ran.stdout, self.signed_by()), ("log: credentials come from environment\nok\n", "AKIDenv"))
        ran = self.places("default", TENCENTCLOUD_SECRET_ID="AKIDenv")
        self.assertEqual(ran.stdout, "TCDB_ERR_CREDENTIALS: TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is\n")

    def test_region_and_language_of_the_chains_profile_serve_where_the_caller_gives_none(self):
        path = self.write(".tccli/default.credential", json.dumps({"secretId": "AKIDcli", "secretKey": "k"}))
        self.write(".tccli/default.configure", json.dumps({"_sys_param": {"region": "ap-profile", "language": "zh-CN"}}))
        self.accept("AKIDcli")
        ran = self.places("default", TENCENTCLOUD_CREDENTIALS_FILE=path, TENCENTCLOUD_REGION=None)
        self.assertEqual(ran.stdout.splitlines()[-1], "ok")
        head = self.command(seen=1)["seen"][0]["head"].lower()
        self.assertIn("\r\nx-tc-region: ap-profile\r\nx-tc-language: zh-cn\r\n", head)

    def test_a_chain_without_a_find_lists_every_place(self):
        self.command(metadata={"role": None})
        ran = self.places("default", TKE_ROLE_ARN="qcs::x")
        self.assertEqual(ran.stdout.splitlines()[-1],
                         "TCDB_ERR_CREDENTIALS: no credentials found: environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY "
                         f'are not set; profile "default" not found: {self.home}/.tencentcloud/credentials: no such file or directory; '
                         f"/etc/tencentcloud/credentials: no such file or directory; {self.home}/.tccli/default.credential: no such file or "
                         "directory; TKE: TKE_REGION and TKE_PROVIDER_ID and TKE_WEB_IDENTITY_TOKEN_FILE are not set; "
                         "CVM role: the instance has no role")

    def test_a_dead_metadata_service_costs_the_chain_a_second_at_most_and_once(self):
        stalled = self.command(stalled_connect=True)["host_port"]
        started = time.monotonic()
        ran = self.places("default", ids=[ID] * 20, metadata="http://" + stalled)
        took = time.monotonic() - started
        failures = [line for line in ran.stdout.splitlines() if line.startswith("TCDB_ERR_CREDENTIALS: ")]
        self.assertEqual(len(failures), 20, ran.stdout)
        self.assertRegex(failures[0], f"CVM role: .*{stalled}: timed out .*while connecting")
        self.assertGreater(took, 0.4)
        self.assertLess(took, self.limit(2.5))  # a second, and the start of a program

    def test_a_profile_that_asks_for_the_cvm_role_leads_the_chain_there(self):
        path = self.write(".tccli/default.credential", '{"type": "cvm-role"}')
        ran = self.places("default", TENCENTCLOUD_CREDENTIALS_FILE=path)
        self.assertEqual(ran.stdout.splitlines()[-1], "ok")
