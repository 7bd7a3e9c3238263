#!/usr/bin/env python3
"""A CMake project takes this one as source, by FetchContent and by add_subdirectory, and gets both libraries.

test_cmake.py CARGO_TARGET_DIR   where a release build may be already
"""
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/mock-server"))
from mock_server import DOCUMENTED, MockServer  # noqa: E402

WORK = ROOT / "target/cmake"
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
HOW = {
    "FetchContent": 'include(FetchContent)\nFetchContent_Declare(tcdb_async SOURCE_DIR "@ROOT@")\nFetchContent_MakeAvailable(tcdb_async)\n',
    "add_subdirectory": 'add_subdirectory("@ROOT@" tcdb_async)\n',
}
PROJECT = """cmake_minimum_required(VERSION 3.16)
project(consumer C)
@HOW@
foreach(kind tcdb_async static)
  add_executable(consumer-${kind} "@ROOT@/tests/linking/consumer/consumer.c")
  target_compile_definitions(consumer-${kind} PRIVATE CONSUMER_EXPECTS="@VERSION@")
  target_link_libraries(consumer-${kind} PRIVATE tcdb_async::${kind})
endforeach()
"""


class TakenAsSource(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(WORK, ignore_errors=True)
        cls.server = MockServer()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def build(self, how):
        source = WORK / how
        source.mkdir(parents=True)
        text = PROJECT.replace("@HOW@", HOW[how]).replace("@ROOT@", str(ROOT)).replace("@VERSION@", VERSION)
        (source / "CMakeLists.txt").write_text(text)
        for command in (["cmake", "-S", source, "-B", source / "build", f"-DTCDB_ASYNC_CARGO_TARGET_DIR={CARGO_TARGET_DIR}"],
                        ["cmake", "--build", source / "build"]):
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return source / "build"

    def check(self, how):
        build = self.build(how)
        for kind, is_shared in (("tcdb_async", True), ("static", False)):
            program = build / f"consumer-{kind}"
            # No LD_LIBRARY_PATH: the build tree's own run path leads to the library.
            done = subprocess.run([program, *self.server.arguments(), DOCUMENTED], env={}, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            needed = subprocess.run(["readelf", "-dW", program], capture_output=True, text=True, check=True).stdout
            self.assertEqual("[libtcdb_async.so.0]" in needed, is_shared, needed)

    def test_by_fetch_content(self):
        self.check("FetchContent")

    def test_by_add_subdirectory(self):
        self.check("add_subdirectory")

    def test_it_links_what_the_installed_package_links(self):
        line = r'INTERFACE_LINK_LIBRARIES "(.*)"'
        here, installed = ((ROOT / path).read_text() for path in ("CMakeLists.txt", "packaging/tcdb_async-config.cmake.in"))
        self.assertEqual(re.search(line, here)[1], re.search(line, installed)[1])
        conan = re.search(r"SYSTEM_LIBS = \[(.*)\]", (ROOT / "packaging/conan/conanfile.py").read_text())[1]
        self.assertEqual(re.findall(r'"(\w+)"', conan), re.search(line, here)[1].split(";"))


if __name__ == "__main__":
    if not shutil.which("cmake"):
        print("skipped: cmake is not installed")
        sys.exit(77)
    CARGO_TARGET_DIR = Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
