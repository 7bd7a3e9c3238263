"""The same bytes and texts to this library, to libcurl and to the vendor's SDK. A disagreement is excused by a row of
tests/data/disagreements.json that names what is odd and says why; a row that excuses nothing any more fails.

`make check-differential` runs this with a Python that has the SDK. DIFFERENTIAL_CASES=50000 DIFFERENTIAL_SEED=7 for a long run.
"""
import json
import os
import random

from tencentcloud.cdb.v20170320.cdb_client import CdbClient
from tencentcloud.cdb.v20170320.models import DescribeAsyncRequestInfoRequest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

import reply_cases
from echoing import Echoing
from fixture import BUILD, DOCUMENTED, ROOT, ProgramTest, until

CASES = int(os.environ.get("DIFFERENTIAL_CASES", "500"))
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))
ROWS = ROOT / "tests/data/disagreements.json"
TLS_HANDSHAKE = b"\x16"


def text(word):
    return "" if word == "-" else bytes.fromhex(word).decode("utf-8", "replace")


class Differential(ProgramTest):
    def setUp(self):
        self.server = Echoing(SEED, [])
        self.addCleanup(self.server.close)
        self.program = self.start(BUILD.command("differential"), stdin=-1, stdout=-1, stderr=-1, text=True, env=BUILD.environment())
        self.rows = [row for row in json.loads(ROWS.read_text()) if row["of"] == self._testMethodName.removeprefix("test_")]

    def both(self, line):
        """What the program prints of ours and of libcurl's."""
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()
        lines = [self.program.stdout.readline().split() for _ in range(2)]
        self.assertEqual([words[:1] for words in lines], [["ours"], ["curl"]], self.program.stderr.read() if self.program.poll() is not None else line)
        return [words[1:] for words in lines]

    def compare(self, cases, pairs):
        """Pairs of (kind, what) of ours and theirs; what fails may fail by different words."""
        used, unexplained = set(), []
        for case, (ours, theirs) in zip(cases, pairs):
            if ours == theirs or (ours[0] == theirs[0] == "failure"):
                continue
            found = [number for number, row in enumerate(self.rows) if row["odd"] in case.odd and (row["ours"], row["theirs"]) == (ours[0], theirs[0])]
            used.update(found)
            if not found:
                unexplained.append(f"{case!r}\n   ours   {ours}\n   theirs {theirs}")
        self.assertEqual(unexplained, [], "\n" + "\n".join(unexplained[:int(os.environ.get("DIFFERENTIAL_SHOWN", "15"))]) + f"\n{len(unexplained)} of {len(cases)}")
        if CASES <= 500 and SEED == 1:
            unused = [json.dumps(row) for number, row in enumerate(self.rows) if number not in used]
            self.assertEqual(unused, [], "rows that excuse nothing:\n" + "\n".join(unused))
        agreed = [ours[0] for ours, theirs in pairs if ours == theirs]
        print(f"{self._testMethodName}: {len(cases)} cases, {len(agreed)} the same, {len(self.rows)} rows")
        self.assertGreater(len([kind for kind in agreed if kind != "failure"]), len(cases) // 5)

    def outcome(self, words):
        """An outcome as it is compared: a status with its info, the API's own code, or a failure."""
        code, status, info, refusal = words[0], *map(text, words[1:4])
        if code == "TCDB_OK":
            return "answer", (status, info)
        return ("refusal", refusal) if refusal else ("failure", text(words[4]) if len(words) > 4 and code != "failed" else " ".join(words))

    def replies(self):
        return reply_cases.cases(reply_cases.reply, CASES, SEED)

    def test_replies_with_libcurl(self):
        cases, pairs = self.replies(), []
        for case in cases:
            self.server.script = lambda head, body, sent=case.sent: sent
            ours, theirs = self.both(f"reply http://127.0.0.1:{self.server.port}")
            pairs.append((self.outcome(ours), self.outcome(theirs)))
        self.compare(cases, pairs)

    def sdk(self):
        http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{self.server.port}", reqTimeout=30)
        client = CdbClient(Credential("AKIDany", "any"), "ap-guangzhou", ClientProfile(httpProfile=http))
        request = DescribeAsyncRequestInfoRequest()
        request.AsyncRequestId = DOCUMENTED
        try:
            answer = client.DescribeAsyncRequestInfo(request)
            return "answer", (answer.Status or "", answer.Info or "")
        except TencentCloudSDKException as error:
            known = error.get_code() not in (None, "") and error.get_request_id()
            return ("refusal", error.get_code()) if known else ("failure", str(error))
        except Exception as error:  # whatever else it fails by
            return "failure", repr(error)

    def test_replies_with_the_vendors_sdk(self):
        cases, pairs = self.replies(), []
        for case in cases:
            self.server.script = lambda head, body, sent=case.sent: sent
            ours, _ = self.both(f"reply http://127.0.0.1:{self.server.port}")
            pairs.append((self.outcome(ours), self.sdk()))
        self.compare(cases, pairs)

    def test_replies_to_connect_with_libcurl(self):
        cases, pairs = reply_cases.cases(reply_cases.connect_reply, CASES, SEED), []
        for case in cases:
            self.server.script = lambda head, body, sent=case.sent: sent
            self.server.after.clear()
            self.both(f"proxy https://127.0.0.1:1 http://127.0.0.1:{self.server.port}")
            until(lambda: len(self.server.after) == 2, f"two requests to the proxy: {case!r}")
            pairs.append(tuple(("tunnel" if after.startswith(TLS_HANDSHAKE) else "refused", "") for after in self.server.after))
        self.compare(cases, pairs)

    def test_no_proxy_with_libcurl(self):
        cases = no_proxy_cases()
        pairs = []
        for case in cases:
            host, listed = case.sent
            ours, theirs = self.both(f"noproxy {host} {listed.encode().hex() or '20'}")
            pairs.append(((ours[0], ""), (theirs[0], "")))
        self.compare(cases, pairs)

    def test_urls_with_libcurl(self):
        cases, pairs = url_cases(), []
        for case in cases:
            ours, theirs = self.both(f"url {case.sent.encode().hex()}")
            pairs.append(tuple(("refused", "") if words == ["refused"] else ("taken", text(words[0]).lower().rstrip("/")) for words in (ours, theirs)))
        self.compare(cases, pairs)


HOSTS = ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.9", "[fe80::1]"]
ENTRIES = {
    "localhost": None, "LOCALHOST": None, ".localhost": None, "127.0.0.1": None, "::1": None, "[::1]": "brackets", "10.0.0.0/8": None, "10.1.2.0/24": None, "127.0.0.0/8": None,
    "192.168.0.9": None, "fe80::/10": "a network of IPv6 whose width is not a number of bytes", "::1/128": "a network of one address of IPv6", "*": "an asterisk", "example.com": None, "host": None, "alhost": None, "10.1.2": "part of an address", "1.2.3": "part of an address",
    "127.0.0.1:443": "a port", "localhost:443": "a port", "localhost:1": "a port", "localhost.": "a dot at the end", "*.localhost": "a wildcard", "10.0.0.0/33": "a width that does not exist",
    "10.1.2.3/": "a slash without a width", "local*": "a wildcard", "http://localhost": "a URL", "0.0.0.0/0": "a network of no bits", "127.1": "a short address", "10.1.2.3/32": None, "::ffff:10.1.2.3": "an address of IPv4 within IPv6",
}
SEPARATORS = {",": None, ", ": None, " ": None, " , ": None, "\t": None, ";": "a semicolon", "\n": "a line end", ",,": None}


def no_proxy_cases():
    chance, made = random.Random(SEED), []
    for _ in range(CASES):
        odd, entries = set(), chance.choices(list(ENTRIES), k=chance.randrange(4))
        separator = chance.choice(list(SEPARATORS))
        odd.update(name for name in [*(ENTRIES[entry] for entry in entries), SEPARATORS[separator] if len(entries) > 1 else None] if name)
        made.append(reply_cases.Case((chance.choice(HOSTS), separator.join(entries)), odd))
    return made


SCHEMES = {"https://": None, "": None, "HTTPS://": None, "http://": "http to a host that is not this machine", "ftp://": "another scheme", "https:/": "one slash", "https:": "one slash", "https:///": "three slashes"}
NAMES = {
    "cdb.tencentcloudapi.com": None, "CDB.TencentCloudAPI.com": None, "localhost": None, "127.0.0.1": None, "[::1]": None, "[FE80::1]": None, "a_b.example": None, "example.com.": "a dot at the end", "ex..ample": "an empty label",
    "127.1": "a short address", "0x7f.1": "a short address", "2130706433": "a short address", "[::1": "half of the brackets", "::1": "no brackets", "host name": "a blank", "ho%73t": "an escape",
    "münchen.example": "a name that is not ASCII", "": "no host", "-a.example": "a label that begins with a hyphen", "a" * 64 + ".example": "a long label", "user@example.com": "a login", "user:word@example.com": "a login", "[fe80::1%25eth0]": "a zone",
    "[v1.x]": "an address of the future", "a,b": "an odd sign", "a\"b": "an odd sign",
}
PORTS = {"": None, ":443": None, ":8443": None, ":65535": None, ":0": "port 0", ":65536": "a port too high", ":": "a colon without a port", ":x": "a port that is not a number", ":+1": "a port that is not a number", ":00443": "zeros before a port"}
PATHS = {"": None, "/": None, "/path": "a path", "?query": "a query", "/?q=1": "a query", "#part": "a fragment", " ": "a blank around it", "\\": "a backslash"}


def url_cases():
    chance, made = random.Random(SEED), []
    for _ in range(CASES):
        odd = set()

        def pick(table, often):
            word = chance.choice(list(table)) if chance.random() > often else next(iter(table))
            odd.update(filter(None, [table[word]]))
            return word
        sent = pick(SCHEMES, 0.6) + pick(NAMES, 0.3) + pick(PORTS, 0.5) + pick(PATHS, 0.6)
        made.append(reply_cases.Case(sent or "x", odd))
    return made
