"""Profiles as the vendor's own tools write and read them: the command line's JSON, and the SDK's INI."""
import json
import os
import sys

import processes
from fixture import HomeTest

# `make check-vendor-profiles` runs this with a Python that has the vendor's SDK and command line.
PYTHON = sys.executable

READ_PROFILE = """
import json
from tencentcloud.common.credential import ProfileCredential
try:
    found = ProfileCredential().get_credential()
except AttributeError:  # without a section [default]
    found = None
print(json.dumps(found and [found.secret_id, found.secret_key]))
"""

# Secret keys, as an INI file has them.
VALUES = ["plain", "a;b", "a#b", "a=b==", "=a", '"quoted"', "'single'", '"', "a'b", 'a"b"', ";a", "#a", "a\\b", "a\\nb", "%(x)s", "100%", "a:b", ":", "[a]", "a/b+c="]


class VendorProfiles(HomeTest):
    def vendor(self, *command, **environment):
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, **environment}
        ran = processes.run([PYTHON, *command], env=environment)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def configure(self, profile, *pairs):
        self.vendor(os.path.join(os.path.dirname(PYTHON), "tccli"), "configure", "set", *pairs, "--profile", profile)

    def test_what_the_command_line_writes_is_read_with_region_and_language(self):
        for number, key in enumerate(["plain", "a;b#c=d", '"quoted"', "'", "back\\slash", "100%"]):
            self.configure("p", "secretId", f"AKID{number}", "secretKey", key, "region", "ap-written", "language", "zh-CN")
            self.accept(f"AKID{number}", key)
            ran = self.places("profile=p", TENCENTCLOUD_REGION=None)
            self.assertEqual(ran.stdout, "ok\n", key)
            head = self.command(seen=1)["seen"][0]["head"]
            self.assertIn("\r\nx-tc-region: ap-written\r\n", head.lower())
            self.assertIn("\r\nx-tc-language: zh-cn\r\n", head.lower())

    def test_the_endpoint_that_the_command_line_writes_is_not_taken(self):
        self.configure("default", "secretId", "AKIDcli", "secretKey", "k", "region", "ap-written", "cdb.endpoint", "127.0.0.1:1")
        self.assertIn("127.0.0.1:1", open(os.path.join(self.home, ".tccli", "default.configure")).read())
        self.accept("AKIDcli")
        self.assertEqual(self.places("profile", TENCENTCLOUD_REGION=None).stdout, "ok\n")

    def test_a_token_that_the_command_line_writes_is_sent(self):
        self.configure("t", "secretId", "AKIDtoken", "secretKey", "k", "token", "a-token", "region", "r")
        self.command(credentials={"secret_id": "AKIDtoken", "secret_key": "k", "token": "a-token"})
        self.assertEqual(self.places("profile", TCCLI_PROFILE="t").stdout, "ok\n")

    def test_an_ini_file_is_read_as_the_sdk_reads_it(self):
        forms = ["secret_id={id}\nsecret_key={key}\n", "secret_id = {id}\r\nsecret_key = {key}  \r\n", "SECRET_ID:{id}\nSecret_Key : {key}\n",
                 "# a comment\nsecret_id={id}\n; another\n\nsecret_key={key}\nother=x"]
        for number, key in enumerate(VALUES):
            body = forms[number % len(forms)].format(id=f"AKID{number}", key=key)
            self.write(".tencentcloud/credentials", "[first]\nsecret_key=x\n[default]\n" + body)
            secret_id, secret_key = json.loads(self.vendor("-c", READ_PROFILE))
            self.assertEqual((secret_id, secret_key), (f"AKID{number}", key))
            self.accept(secret_id, secret_key)
            self.assertEqual((self.places("profile").stdout, self.signed_by()), ("ok\n", secret_id), body)

    def test_a_file_in_which_the_sdk_finds_nothing_gives_nothing(self):
        for body in ["[other]\nsecret_id=a\nsecret_key=b\n", "[default]\nsecret_id=a\n", "[default]\nsecret_id=\nsecret_key=\n", "[DEFAULT]\nsecret_id=a\nsecret_key=b\n"]:
            self.write(".tencentcloud/credentials", body)
            self.assertIsNone(json.loads(self.vendor("-c", READ_PROFILE)), body)
            path = os.path.join(self.home, ".tencentcloud", "credentials")
            self.assertTrue(self.places("file=" + path).stdout.startswith("TCDB_ERR_CREDENTIALS: "), body)

