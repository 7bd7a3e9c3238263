"""`conan create` packages the library, and a program is built with the package and run. The library is what `make payload` made;
with TCDB_CONAN_BUILDS in the environment the recipe builds it (`make conan`)."""
import os
import re
import shutil
import unittest
from pathlib import Path

import processes
from fixture import ROOT

CONAN = ROOT / "target/package-tools/bin/conan"
HOME = ROOT / "target/conan"
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
PAYLOAD = {} if os.environ.get("TCDB_CONAN_BUILDS") else {"TCDB_PAYLOAD": str(ROOT / "target/payload")}
# What is tracked and does not go into the exported sources, since no package is made of it.
NOT_EXPORTED = ("fuzz/", "benches/", ".ci/", ".dockerignore", ".editorconfig", ".git", "CHANGELOG.md", "CMakeLists.txt", "CONTRIBUTING.md",
                "RELEASING.md", "SECURITY.md", "deny.toml", "rustfmt.toml")


class Recipe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(HOME, ignore_errors=True)
        # Hundreds of megabytes, where the library is built.
        cls.addClassCleanup(shutil.rmtree, HOME, ignore_errors=True)
        cls.conan("profile", "detect")

    @staticmethod
    def conan(*arguments):
        environment = {**os.environ, "CONAN_HOME": str(HOME), **PAYLOAD}
        done = processes.run([CONAN, *arguments], cwd=ROOT, env=environment, timeout=900 if PAYLOAD else 1800)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout + done.stderr

    def create(self, shared):
        """The folder of the sources that `conan create` built from, and the libraries in the package."""
        said = self.conan("create", "packaging/conan", "-o", f"&:shared={shared}")
        # The program of test_package has run.
        self.assertIn(f"\ntcdb_async {VERSION}\n", said)
        self.assertEqual("\nRUN: make payload\n" in said, not PAYLOAD)
        sources, package = (Path(re.search(rf"^{name} (\S+)$", said, re.M)[1]) for name in ("Sources in", "Package folder"))
        self.assertEqual(sorted(path.name for path in (package / "licenses").iterdir()),
                         ["LICENSE-APACHE", "LICENSE-MIT", "LICENSES-OF-CRATES.txt"])
        libraries = sorted(path.name for path in (package / "lib").glob("libtcdb_async.*"))
        return sources, libraries

    def test_the_shared_library_is_packaged(self):
        _, libraries = self.create(True)
        self.assertEqual(libraries, ["libtcdb_async.so", "libtcdb_async.so.0", f"libtcdb_async.so.{VERSION}"])

    def test_the_static_library_is_packaged_from_sources_that_are_whole(self):
        sources, libraries = self.create(False)
        self.assertEqual(libraries, ["libtcdb_async.a"])
        tracked = processes.run(["git", "ls-files"], cwd=ROOT).stdout.splitlines()
        missing = [name for name in tracked if (ROOT / name).exists() and not name.startswith(NOT_EXPORTED)
                   and not (sources / name).exists()]
        self.assertEqual(missing, [])
