"""The Conan recipe packages what `make payload` made, and a program is built with the package."""
import os
import re
import unittest
from pathlib import Path

import processes
from fixture import ROOT

CONAN = ROOT / "target/package-tools/bin/conan"
HOME = ROOT / "target/conan"
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]


class Recipe(unittest.TestCase):
    def conan(self, *arguments):
        environment = {**os.environ, "CONAN_HOME": str(HOME)}
        done = processes.run([CONAN, *arguments], cwd=ROOT, env=environment, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def setUp(self):
        self.conan("profile", "detect", "--exist-ok")

    def check(self, shared):
        said = self.conan("export-pkg", "packaging/conan", "-o", f"&:shared={shared}")
        self.assertIn(f"\ntcdb_async {VERSION}\n", said)
        folder = Path(re.search(r"Package folder (\S+)", said)[1])
        libraries = sorted(path.name for path in (folder / "lib").glob("libtcdb_async.*"))
        wanted = ["libtcdb_async.so", "libtcdb_async.so.0", f"libtcdb_async.so.{VERSION}"] if shared else ["libtcdb_async.a"]
        self.assertEqual(libraries, wanted)
        self.assertEqual(sorted(path.name for path in (folder / "licenses").iterdir()),
                         ["LICENSE-APACHE", "LICENSE-MIT", "LICENSES-OF-CRATES.txt"])

    def test_the_shared_library_is_packaged(self):
        self.check(True)

    def test_the_static_library_is_packaged(self):
        self.check(False)
