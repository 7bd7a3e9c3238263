"""A CMake project takes this one as source, by FetchContent and by add_subdirectory, and gets both libraries."""
import re
import shutil
import unittest

import processes
from fixture import DOCUMENTED, ROOT, MockServerTest

WORK = ROOT / "target/cmake"
CARGO_TARGET_DIR = ROOT / "target"  # the release build there is the one that is taken
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


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
class TakenAsSource(MockServerTest):
    def build(self, how):
        source = WORK / how
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir(parents=True)
        text = PROJECT.replace("@HOW@", HOW[how]).replace("@ROOT@", str(ROOT)).replace("@VERSION@", VERSION)
        (source / "CMakeLists.txt").write_text(text)
        for command in (["cmake", "-S", source, "-B", source / "build", f"-DTCDB_ASYNC_CARGO_TARGET_DIR={CARGO_TARGET_DIR}"],
                        ["cmake", "--build", source / "build"]):
            done = processes.run(command, timeout=600)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return source / "build"

    def check(self, how):
        build = self.build(how)
        for kind, is_shared in (("tcdb_async", True), ("static", False)):
            program = build / f"consumer-{kind}"
            # No LD_LIBRARY_PATH: the build tree's own run path leads to the library.
            done = processes.run([program, *self.server.arguments(), DOCUMENTED], env={})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            needed = processes.run(["readelf", "-dW", program]).stdout
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
