"""Every secret is a marker: whatever servers reply, no marker comes out in a message, a log line or an accessor, other than those
of a server's own texts, which return what was received; nor is one left in the memory of the process. taint.c makes the calls; echoing.py replies; leaks.py looks.
"""
import os
import random
import sys
from pathlib import Path

import leaks
from echoing import Echoing, spell
from fixture import BUILD, ROOT, MockServerTest, until

sys.path.append(str(ROOT / "fuzz"))
import corpora  # noqa: E402

KEY = "ScanKey-Wd7Rk2Tq9Lm4Zx8Bv3Nc6Hj1Gf5Ys0P."
TOKEN = "ScanToken/Pq8Wn5+Xr2Vt7Cy4Bz9Ek6Jm3Dh1Fu0S=="
WORD = "ScanWord~Gk3Lr8Mv5Qz2Tb7Yd"
MARKERS = [KEY, TOKEN, WORD]
# TAINT_REPLIES=100000 for a long run.
REPLIES = int(os.environ.get("TAINT_REPLIES", "400"))
SEED = int(os.environ.get("TAINT_SEED", "1"))
CORPORA = ["http_reply", "proxy_reply", "response", "metadata", "excerpt", "tls_reply"]
# What accessors return as it was received: a result's texts, an error's server code, server message and request id.
SERVERS_OWN = {"server"}
CLEAN = "left 0, unwiped 0"


class Taint(MockServerTest):
    def setUp(self):
        super().setUp()
        self.command(credentials={"secret_id": "AKIDscan", "secret_key": KEY, "token": TOKEN})
        self.program = self.start(BUILD.command("taint", self.server.ca), stdin=-1, stdout=-1, stderr=-1, text=True, env=BUILD.environment())
        self.wanted = set().union(*map(leaks.pieces, MARKERS))
        self.texts, self.ends, self.signatures = 0, {}, set()

    def say(self, line):
        print(line, file=self.program.stdin, flush=True)

    def call(self, line, why, extra=(), allowed=SERVERS_OWN):
        """Makes one call; no text that it shows holds a piece of a marker or of `extra`, but those of the kinds allowed."""
        wanted = self.wanted.union(*map(leaks.pieces, extra))
        self.say(line)
        while True:
            shown = self.program.stdout.readline()
            self.assertTrue(shown, f"the program ended: {self.program.stderr.read() if self.program.poll() is not None else ''}")
            kind, _, value = shown.rstrip("\n").partition(" ")
            if kind == "end":
                self.ends[value] = self.ends.get(value, 0) + 1
                return value
            self.texts += 1
            text = bytes.fromhex(value).decode("utf-8", "replace")
            if kind not in allowed:
                found = leaks.leaks(text, wanted)
                self.assertIsNone(found, f"{found!r} in {kind} {text!r}: {why}")

    def scan(self):
        self.say("scan")
        return self.program.stdout.readline().strip()

    def echoing(self, *secrets):
        server = Echoing(SEED, secrets)
        self.addCleanup(server.close)
        return server

    def url(self, server):
        return f"http://127.0.0.1:{server.port}"

    def faults(self):
        return [fault["name"] for fault in self.command(faults=True)["faults"]]

    def signed(self):
        """The signatures that the mock server has received, which are secrets as well."""
        heads = [seen["head"] for kind in ("seen", "sts_seen") for seen in self.command(**{kind: 3})["seen"]]
        return [head.partition("Signature=")[2][:64] for head in heads if "Signature=" in head]

    def under_every_fault(self, line, on):
        for fault in self.faults():
            self.command(misbehave={"fault": fault, **({"on": on} if on else {})})
            self.call(line, fault, self.signed(), allowed=set())
            self.command(behave=on or True)
        # The calls have a quarter of a second each, which a busy machine may need for less.
        until(lambda: self.call(line, "no fault") == "TCDB_OK", f"{line} without a fault")

    def test_no_marker_comes_out_or_is_left_under_any_fault(self):
        https, http = self.server["https"], self.server["http"]
        for line, on in [(f"query {https} -", None), (f"wait {http} -", None), (f"sts {http} {self.server['sts_http']}", "sts"),
                         (f"metadata {http} {self.server['metadata']}", "metadata")]:
            with self.subTest(line.split()[0]):
                self.under_every_fault(line, on)
                self.assertEqual(self.scan(), CLEAN)
        self.assertGreater(self.texts, 1500)
        self.assertGreater(len(self.ends), 6, self.ends)

    def lines(self, server):
        """The calls that meet an echoing server, and of what kinds a text may hold what the server says."""
        own, api = self.url(server), self.server["http"]
        proxy = own.replace("//", "//user:*@")
        return [f"query {own} -", f"query {own} -", f"wait {own} -", f"query {self.server['https']} {proxy}",
                f"sts {api} {own}", f"metadata {api} {own}"]

    def test_no_reply_that_echoes_markers_brings_one_out(self):
        server = self.echoing(KEY, TOKEN, WORD)
        lines = self.lines(server)
        for number in range(REPLIES):
            line = lines[number % len(lines)]
            # A machine's role has no secret yet of which an echo could be known: its reply is the secret.
            server.given = [] if line.startswith("metadata") else [KEY, TOKEN] + [WORD] * ("*" in line)
            server.seen.clear()
            self.call(line, f"reply {number} of seed {SEED}", server.seen)
        self.assertGreater(server.replies, REPLIES * 3 // 4)
        self.assertGreater(self.texts, REPLIES)
        self.assertGreater(len(self.ends), 5, self.ends)

    def corpus(self):
        """Every input of the fuzzers for what a server may say, the names of their secrets replaced by markers, and once more
        with a marker in between."""
        chance = random.Random(SEED)
        for name in CORPORA:
            for folder in [Path(corpora.seeds(name)), Path(corpora.folder(name))]:
                for path in sorted(folder.iterdir())[:REPLIES]:
                    raw = path.read_bytes()
                    for old, marker in [(b"FUZZTOKEN", TOKEN), (b"FUZZKEY", KEY), (b"FUZZSECRET", KEY)]:
                        raw = raw.replace(old, marker.encode())
                    at = chance.randrange(len(raw) + 1)
                    yield f"{name}/{path.name}", raw
                    yield f"{name}/{path.name} with a marker", raw[:at] + spell(chance, chance.choice([KEY, TOKEN])).encode() + raw[at:]

    def test_no_input_of_the_fuzzers_with_markers_in_it_brings_one_out(self):
        server, inputs = self.echoing(), 0
        for what, raw in self.corpus():
            is_body = what.startswith(("response", "metadata", "excerpt"))
            sent = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(raw), raw) if is_body else raw
            server.script = lambda head, body, sent=sent: sent
            line = f"query {self.server['https']} {self.url(server)}" if what.startswith("proxy") else f"query {self.url(server)} -"
            self.call(line, what)
            inputs += 1
        self.assertGreater(inputs, 80)
        self.assertGreater(server.replies, inputs * 3 // 4)

    def test_a_marker_is_found_in_every_spelling_and_nothing_where_there_is_none(self):
        chance = random.Random(SEED)
        for number in range(600):
            marker = chance.choice(MARKERS)
            text = f"HTTP 500 with a body: \"{spell(chance, marker)}\""
            self.assertIsNotNone(leaks.leaks(text, leaks.pieces(marker)), f"{number}: {text!r}")
        for text in ["TLS to localhost:1: the peer sent an alert: handshake_failure", "HTTP 200 with a body: \"***\"", "a" * 200, TOKEN[:11]]:
            self.assertIsNone(leaks.leaks(text, self.wanted), text)
