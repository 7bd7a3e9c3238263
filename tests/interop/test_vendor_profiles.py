"""Profiles as the vendor's own tools write and read them: the command line's JSON, and the SDK's INI."""
import hashlib
import hmac
import json
import os
import sys

import processes
import profile_cases
import vendor_reading
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


class Generated(HomeTest):
    """Some hundred files by chance, read by this library and by the vendor's code. A disagreement is excused by a row that
    names what is odd in the file and says why; a row that excuses nothing any more fails."""

    def ours(self, paths, **environment):
        """What each file gives, and the message of what failed. Keys are held against the signature made with them."""
        listed = self.write("list", "".join(path + "\n" for path in paths))
        ran = self.places("read", [listed], **environment)
        lines = [line for line in ran.stdout.splitlines() if not line.startswith("log: ")]
        self.assertEqual((len(lines), ran.stderr), (len(paths), ""))
        return lines

    def read(self, line, theirs):
        """An outcome as vendor_reading has them, from a line of the program; the secret key is theirs if it signs alike."""
        state, *rest = line.split("\t")
        if state == "to fetch":
            source = rest[0]
            return ("role", source.split()[1], *(theirs[2:] if theirs and theirs[0] == "role" else ())) if source.startswith("role ") else ("cvm role",)
        if state != "ok":
            return None
        _, to_sign, authorization, token, _ = rest
        secret_id = authorization.split("Credential=")[1].split("/")[0]
        key = theirs[2] if theirs and theirs[0] == "keys" else ""
        is_theirs = signature(key, to_sign.replace("|", "\n")) == authorization.rpartition("Signature=")[2]
        return "keys", secret_id, key if is_theirs else "another key", token or None

    def compare(self, cases, pairs, rows):
        """pairs: what each case gives (theirs, ours, our line). rows: (what is odd, theirs, ours): reason, by kinds."""
        used, unexplained = set(), []
        for case, (theirs, ours, line) in zip(cases, pairs):
            if theirs == ours:
                continue
            kinds = kind(theirs), kind(ours)
            found = [row for row in rows if row[0] in case.odd and row[1:] == kinds]
            used.update(found)
            if not found:
                unexplained.append(f"{case!r}\n   theirs {theirs}\n   ours   {ours} {line}")
        self.assertEqual(unexplained, [], "\n".join(unexplained[:12]) + f"\n{len(unexplained)} of {len(cases)}")
        self.assertEqual(set(rows) - used, set(), "rows that excuse nothing")
        agreed = [theirs for theirs, ours, _ in pairs if theirs == ours]
        self.assertGreater(len(agreed), len(cases) // 2)
        self.assertGreater(len([theirs for theirs in agreed if theirs]), len(cases) // 4)

    def ini_pairs(self, cases, theirs):
        paths = [self.write(f"ini/{number}", case.text) for number, case in enumerate(cases)]
        return [(their, self.read(line, their), line) for line, their in zip(self.ours(paths), theirs)]

    def write(self, name, text):
        return vendor_reading.write(self.home, name, text)

    def test_ini_files_are_read_as_pythons_configparser_reads_them(self):
        cases = profile_cases.cases(profile_cases.ini, 600)
        self.compare(cases, self.ini_pairs(cases, [vendor_reading.parser(case.text) for case in cases]), PARSER_ROWS)

    def test_ini_files_are_read_as_the_vendors_sdk_reads_them(self):
        cases = profile_cases.cases(profile_cases.ini, 600)
        pairs = self.ini_pairs(cases, [vendor_reading.sdk(self.home, case.text) for case in cases])
        self.compare(cases, [(theirs, ours and ours[:3] + (None,) if kind(ours) == "keys" else ours, line) for theirs, ours, line in pairs], SDK_ROWS)

    def test_json_files_are_read_as_the_vendors_command_line_reads_them(self):
        cases = profile_cases.cases(profile_cases.credential, 600)
        theirs = [vendor_reading.command_line(self.home, case.text, case.more["settings"]) for case in cases]
        paths = []
        for number, case in enumerate(cases):
            paths.append(self.write(f"json/{number}.credential", case.text))
            self.write(f"json/{number}.configure", json.dumps({"_sys_param": case.more["settings"]}))
        pairs = []
        for line, (their, region) in zip(self.ours(paths, TENCENTCLOUD_REGION=None), theirs):
            ours = self.read(line, their)
            pairs.append((their, ours, line))
            if ours and their and ours[0] == "keys":
                self.assertEqual(line.split("\t")[-1], region)
        self.compare(cases, pairs, JSON_ROWS)


def kind(outcome):
    return outcome and outcome[0]


def signature(key, to_sign):
    """TC3 of a string to sign."""
    _, _, scope, _ = to_sign.split("\n")
    made = ("TC3" + key).encode("utf-8", "surrogatepass")
    for part in scope.split("/"):
        made = hmac.new(made, part.encode(), hashlib.sha256).digest()
    return hmac.new(made, to_sign.encode(), hashlib.sha256).hexdigest()


# What is odd, what theirs and ours make of it: why.
PARSER_ROWS = {
    ("a continued line", "keys", None): "a secret with a line end in it cannot be sent, so it is an error that names the line",
    ("a continued line", "role", None): "the same",
    ("an indented pair", "keys", None): "the same: it continues the value above it",
    ("an indented pair", "role", None): "the same",
    ("blanks in a header", None, "keys"): "a slip; to find no section would mean to go on, and perhaps to sign as another",
    ("blanks in a header", None, "role"): "the same",
    ("a byte-order mark", None, "keys"): "editors write it, and it says nothing",
    ("twice what does not count", None, "keys"): "whatever it is, it is not used",
    ("a header without an end", "keys", None): "to read it as a pair could mean to pass over a header",
    ("an empty header", "keys", None): "the same",
    ("two signs", "role", None): "what is then the role's ARN is none",
}
# The SDK asks for no token, so tokens are not compared.
SDK_ROWS = {
    **{row: why for row, why in PARSER_ROWS.items() if row[1] != "role"},
    ("a role", "keys", "role"): "the SDK reads role_arn and ignores it: the base user signs",
    ("a role", "keys", None): "the same, of an ARN that is none",
    ("the section of defaults", None, "keys"): "the SDK looks at the section alone; configparser gives it the defaults",
}
JSON_ROWS = {
    ("a role without a session", "keys", "role"): "the command line ignores the role: the base user signs",
    ("a type that is not a text", "keys", None): "what it means is not known, and it may be another way to sign",
    ("an end that is not a number", "keys", None): "when they end is not known",
    ("an end in milliseconds", "keys", None): "taken for seconds they would never end",
    ("a member twice", "keys", None): "which one counts depends on the reader",
    ("a member twice", "cvm role", None): "the same",
    ("a number that JSON does not have", "keys", None): "Python alone reads NaN",
    ("a byte-order mark", None, "keys"): "editors write it, and it says nothing",
    ("a byte-order mark", None, "cvm role"): "the same",
    ("no text", "cvm role", None): "a secret that is not a text is a file that no tool has written",
    ("a line end after a value", "keys", None): "no secret has it, and the API would refuse it without saying why",
    ("a blank in a value", "keys", None): "the same",
    ("other than ASCII", "keys", None): "the same",
    ("None as a text", "keys", None): "what the command line writes when Enter is pressed at its prompt",
}
