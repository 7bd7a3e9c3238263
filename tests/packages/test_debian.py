"""The Debian packages are built, pass lintian, and are installed, used and removed in a Debian of their own. They are made of
what `make payload` made, and of the tool that TCDB_TOOL in the environment names."""
import os
import re
import shutil
import subprocess
import unittest

import processes
from debian_root import Root
from fixture import DOCUMENTED, ROOT, MockServerTest

WORK = ROOT / "target/deb"
PACKAGES = ["libtcdb-async0", "libtcdb-async-dev", "tcdb-async-tools"]
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
# Several times the half a minute of the processor's that each takes: with others on the machine lintian has taken 288.
BUILD_SECONDS, LINTIAN_SECONDS = 600, 900
CONSUMER = ROOT / "tests/linking/consumer/consumer.c"


def setUpModule():
    for tool in ("dpkg-buildpackage", "dh", "lintian"):
        if not shutil.which(tool):
            raise unittest.SkipTest(f"{tool} is not installed")
    environment = {**os.environ, "TCDB_PAYLOAD": str(ROOT / "target/payload"), "TCDB_TOOL": os.environ["TCDB_TOOL"]}
    build = processes.run(["packaging/debian/build.sh", WORK], cwd=ROOT, env=environment, timeout=BUILD_SECONDS)
    if build.returncode:
        raise RuntimeError("build.sh failed:\n" + (build.stdout + build.stderr)[-3000:])


def contents(package):
    """The files of a package: path, without the leading dot."""
    listing = subprocess.run(["dpkg-deb", "-c", deb(package)], capture_output=True, text=True, check=True).stdout
    return [line.split()[5].removeprefix(".") for line in listing.splitlines() if not line.startswith("d")]


def deb(package):
    found = list(WORK.glob(f"{package}_*.deb"))
    assert len(found) == 1, found
    return found[0]


class Packages(unittest.TestCase):
    """What was built, looked at from outside."""

    def test_lintian_finds_no_error(self):
        command = ["lintian", "--no-cfg", "--allow-root", "--fail-on", "error", *WORK.glob("*.changes")]
        done = processes.run(command, timeout=LINTIAN_SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_file_is_in_the_package_where_it_belongs(self):
        library, dev, tools = (contents(package) for package in PACKAGES)
        self.assertTrue(any(re.fullmatch(r"/usr/lib/[^/]+/libtcdb_async\.so\.0", path) for path in library), library)
        self.assertFalse([path for path in library if "/include/" in path or path.startswith("/usr/bin")])
        for wanted in (r"/usr/include/tcdb_async\.h", r"/usr/include/tcdb_async\.hpp", r"/usr/lib/[^/]+/libtcdb_async\.a",
                       r"/usr/lib/[^/]+/libtcdb_async\.so", r"/usr/lib/[^/]+/pkgconfig/tcdb_async\.pc",
                       r"/usr/lib/[^/]+/cmake/tcdb_async/tcdb_async-config\.cmake", r"/usr/share/man/man3/tcdb_query\.3\.gz",
                       r"/usr/share/doc/libtcdb-async-dev/examples-c/query\.c", r"/usr/share/doc/libtcdb-async-dev/docs/linking\.md"):
            self.assertTrue(any(re.fullmatch(wanted, path) for path in dev), f"{wanted} not in {dev}")
        for wanted in ("/usr/bin/tcdb", "/usr/share/man/man1/tcdb.1.gz", "/usr/share/man/man1/tcdb-wait.1.gz",
                       "/usr/share/bash-completion/completions/tcdb", "/usr/share/zsh/vendor-completions/_tcdb",
                       "/usr/share/fish/vendor_completions.d/tcdb.fish", "/usr/share/doc/tcdb-async-tools/LICENSES-OF-CRATES.txt.gz"):
            self.assertIn(wanted, tools)

    def test_the_symbols_file_lists_every_symbol_with_its_version(self):
        listed = subprocess.run(["dpkg-deb", "--ctrl-tarfile", deb(PACKAGES[0])], capture_output=True, check=True).stdout
        symbols = subprocess.run(["tar", "-xO", "./symbols"], input=listed, capture_output=True, check=True).stdout.decode()
        wanted = [line.split() for line in (ROOT / "symbols.txt").read_text().splitlines() if line and not line.startswith("#")]
        found = dict(re.findall(r"^ (\w+)@Base (\S+)$", symbols, re.M))
        self.assertEqual(found, {name: version for name, version in wanted})


class Installed(MockServerTest):
    """In a Debian that has had nothing to do with this machine; the tests build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.root = Root(WORK / "root", "gcc", "libc6-dev", "pkgconf")
        cls.addClassCleanup(cls.root.remove)

    def setUp(self):
        super().setUp()
        self.root.copy(self.server.ca, "tmp/ca.pem")

    def run_in_root(self, *command, **variables):
        done = self.root.run(*command, **variables)
        self.assertEqual(done.returncode, 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, program, *arguments):
        keys = {name: value for name, value in self.server.environment().items() if name != "PATH"}
        return self.run_in_root(program, *arguments, **keys)

    def test_1_they_are_installed(self):
        for package in PACKAGES:
            self.root.copy(deb(package), f"tmp/{package}.deb")
        self.run_in_root("dpkg", "-i", *(f"/tmp/{package}.deb" for package in PACKAGES))
        self.root.copy(CONSUMER, "tmp/consumer.c")

    def test_2_the_tool_works(self):
        for command in ("query", "wait"):
            said = self.ask("/usr/bin/tcdb", command, "--endpoint", self.server.https, "--ca", "/tmp/ca.pem", DOCUMENTED)
            self.assertIn("SUCCESS", said)

    def compile_and_ask(self, words):
        """Compiles a program by a shell's words, with pkg-config in them, and asks by it."""
        self.run_in_root("sh", "-c", f'cd /tmp && cc -DCONSUMER_EXPECTS="\\"{VERSION}\\"" consumer.c -o consumer {words}')
        said = self.run_in_root("/tmp/consumer", self.server.https, "/tmp/ca.pem", self.server.id, self.server.key, DOCUMENTED)
        self.assertEqual(said, "query: SUCCESS\nwait: SUCCESS\nrequest: 9 headers\n")
        return self.run_in_root("readelf", "-dW", "/tmp/consumer")

    def test_3_a_program_is_compiled_and_works(self):
        self.assertIn("libtcdb_async.so.0", self.compile_and_ask("$(pkg-config --cflags --libs tcdb_async)"))

    def test_4_so_is_one_with_the_static_library(self):
        words = "$(pkg-config --cflags tcdb_async) $(pkg-config --variable=static_libs tcdb_async)"
        self.assertNotIn("libtcdb_async", self.compile_and_ask(words))

    def test_5_so_is_one_that_is_static_altogether(self):
        words = "-static $(pkg-config --cflags tcdb_async) $(pkg-config --variable=static_libs tcdb_async | sed s/-lgcc_s/-lgcc_eh/)"
        self.assertIn("no dynamic section", self.compile_and_ask(words))

    def test_6_the_pc_file_names_no_folder_twice(self):
        flags = self.run_in_root("pkg-config", "--variable=includedir", "tcdb_async").strip()
        self.assertEqual(os.path.normpath(flags), "/usr/include")

    def test_7_they_are_removed_without_a_trace(self):
        self.run_in_root("dpkg", "--purge", *PACKAGES)
        self.assertEqual(self.root.files_named("tcdb"), [])
