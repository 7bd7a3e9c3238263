"""The root filesystem of the container image holds what tcdb needs: it works in it, by chroot, as user 65534."""
import os
import sys
import unittest
from pathlib import Path

import processes
from fixture import DOCUMENTED, ROOT, MockServerTest

IMAGE = ROOT / "target/container"
TOOL = Path(os.environ.get("TCDB_TOOL", ROOT / "target/static/tcdb"))


@unittest.skipUnless(os.geteuid() == 0, "machine: chroot needs root")
class Image(MockServerTest):
    @classmethod
    def setUpClass(cls):
        made = processes.run(["packaging/container/root.sh", IMAGE, TOOL], cwd=ROOT)
        if made.returncode:
            raise RuntimeError(made.stdout + made.stderr)
        # An engine gives every container one like this.
        (IMAGE / "etc/hosts").write_text("127.0.0.1 localhost\n")

    def setUp(self):
        super().setUp()
        (IMAGE / "tmp/ca.pem").write_bytes(Path(self.server.ca).read_bytes())

    def run_inside(self, *command):
        # What the Containerfile's USER says.
        inside = ["chroot", "--userspec=65534:65534", IMAGE, *command]
        return processes.run(inside, env=self.server.environment())

    def test_it_holds_no_shell_and_no_library(self):
        files = [path for path in IMAGE.rglob("*") if path.is_file()]
        self.assertFalse([path for path in files if ".so" in path.name or path.name == "sh"])
        self.assertLess(sum(path.stat().st_size for path in files), 10 << 20)

    def test_the_tool_is_linked_statically(self):
        shown = processes.run(["readelf", "-ldW", IMAGE / "bin/tcdb"]).stdout
        self.assertIn("Program Headers", shown)
        self.assertNotIn("(NEEDED)", shown)
        self.assertNotIn("INTERP", shown)

    def test_it_asks_and_waits(self):
        for command in ("query", "wait"):
            done = self.run_inside("/bin/tcdb", command, "--endpoint", self.server.https, "--ca", "/tmp/ca.pem", DOCUMENTED)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("SUCCESS", done.stdout)

    def test_a_name_is_looked_up_in_dns(self):
        network = ["unshare", "--net", sys.executable, Path(__file__).parent / "answering_dns.py"]
        if processes.run([*network, "true"]).returncode:
            raise unittest.SkipTest("machine: no network of its own can be made")
        ask = ["chroot", IMAGE, "/bin/tcdb", "query", "--endpoint", "name.example:1", DOCUMENTED]
        done = processes.run([*network, *ask], env=self.server.environment(PATH=os.environ["PATH"]))
        # It has come as far as the address that the name server gave.
        self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
        self.assertIn("connect to name.example:1: connection refused", done.stderr)
        alone = processes.run(["unshare", "--net", *ask], env=self.server.environment(PATH=os.environ["PATH"]))
        self.assertIn("look up name.example: ", alone.stderr)

    def test_the_certificates_of_the_image_are_found(self):
        # The mock server's certificate is none of theirs, and is refused for that and not for lack of a store.
        done = self.run_inside("/bin/tcdb", "query", "--endpoint", self.server.https, DOCUMENTED)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, r"TCDB_ERR_TLS")
        self.assertRegex(done.stderr, r"(?i)unknown ?issuer|not trusted|unknown authority")
