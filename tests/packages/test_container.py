#!/usr/bin/env python3
"""The root filesystem of the container image holds what its programs need: they work in it, by chroot, as nobody.

test_container.py ARCHIVE   ARCHIVE: the static library as it is installed
"""
import os
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/mock-server"))
from mock_server import DOCUMENTED, MockServer  # noqa: E402

IMAGE = ROOT / "target/container"


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["packaging/container/root.sh", IMAGE, ARCHIVE], cwd=ROOT, check=True)
        # An engine gives every container one like this.
        (IMAGE / "etc/hosts").write_text("127.0.0.1 localhost\n")
        cls.server = MockServer()
        (IMAGE / "tmp/ca.pem").write_bytes(Path(cls.server.ca).read_bytes())

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def run_inside(self, *command):
        # What the Containerfile's USER says.
        inside = ["chroot", "--userspec=65534:65534", IMAGE, *command]
        return subprocess.run(inside, env=self.server.environment(), capture_output=True, text=True, timeout=60)

    def test_it_holds_no_shell_and_no_library(self):
        files = [path for path in IMAGE.rglob("*") if path.is_file()]
        self.assertFalse([path for path in files if ".so" in path.name or path.name == "sh"])
        self.assertLess(sum(path.stat().st_size for path in files), 10 << 20)

    def test_the_programs_ask_and_wait(self):
        for program in ("tcdb-query", "tcdb-wait"):
            done = self.run_inside(f"/bin/{program}", "--endpoint", self.server.https, "--ca", "/tmp/ca.pem", DOCUMENTED)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("SUCCESS", done.stdout)

    def test_the_certificates_of_the_image_are_found(self):
        # The mock server's certificate is none of theirs, and is refused for that and not for lack of a store.
        done = self.run_inside("/bin/tcdb-query", "--endpoint", self.server.https, DOCUMENTED)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, r"TCDB_ERR_TLS")
        self.assertRegex(done.stderr, r"(?i)unknown ?issuer|not trusted|unknown authority")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: machine: chroot needs root")
        sys.exit(77)
    ARCHIVE = Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
