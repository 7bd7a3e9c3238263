"""Programs outside the tree, built in every way in which one links a C library, and run against the mock server.

What is installed is the payload of the clean checkout (clean_install.py), into the environment's DESTDIR (with PREFIX,
LIBDIR, SHARED, STATIC); --uninstall as the installer's last word uninstalls.
"""
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import processes
from fixture import DOCUMENTED, ROOT, MockServerTest

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "consumer"
WORK = ROOT / "target/linking"
INSTALL = ["sh", str(WORK / "checkout/target/payload/install.sh")]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wconversion", "-Werror"]
STRICT_C = [*STRICT, "-Wstrict-prototypes"]
EXPECTED = "query: SUCCESS\nwait: SUCCESS\nrequest: 9 headers\n"
VERSION = re.search(r'^version = "(.*)"', Path("Cargo.toml").read_text(), re.M)[1]
C_MODES = ["c89", "c99", "c11", "c17", "c2x"]
CPP_MODES = ["c++17", "c++20", "c++2b"]


class Failed(Exception):
    pass


def run(*command, **options):
    done = processes.run(command, timeout=300, **options)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installation:
    """What an install into a DESTDIR put there, as a packager's build of a consumer sees it."""

    def __init__(self, command, name, prefix="/usr/local", libdir=None, **switches):
        self.root, self.command = WORK / name, command
        self.prefix, self.libdir = prefix, libdir or f"{prefix}/lib"
        self.variables = {**os.environ, "DESTDIR": str(self.root), "PREFIX": prefix, "LIBDIR": self.libdir, **switches}
        shutil.rmtree(self.root, ignore_errors=True)
        run(*command, env=self.variables)

    def uninstall(self):
        run(*self.command, "--uninstall", env=self.variables)

    def path(self, path):
        return self.root / path.lstrip("/")

    def pkg_config(self, *arguments):
        environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(self.path(f"{self.libdir}/pkgconfig")),
                       "PKG_CONFIG_SYSROOT_DIR": str(self.root)}
        return run("pkg-config", *arguments, "tcdb_async", env=environment).split()

    def files(self):
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*"))


class Checks:
    def __init__(self, install, server):
        self.install, self.server = install, server
        self.full = Installation(install, "full")
        self.static_only = Installation(install, "static", SHARED="no")
        self.checks = []

    def check(self, what, body, *arguments):
        self.checks.append((what, body, arguments))

    def outcome(self, check):
        """What was checked, how many things were found right, and what was wrong."""
        what, body, arguments = check
        try:
            return what, body(*arguments) or 1, None
        except (Failed, subprocess.TimeoutExpired, AssertionError, OSError) as failure:
            return what, 0, failure

    def outcomes(self):
        with ThreadPoolExecutor(3) as pool:
            yield from pool.map(self.outcome, self.checks)

    def answers(self, program, installation, arguments=(DOCUMENTED,)):
        environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(installation.path(installation.libdir))}
        return run(program, *self.server.arguments(), *arguments, env=environment)

    def assert_answers(self, program, installation, shared):
        said = self.answers(program, installation)
        assert said == EXPECTED, said
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", program))
        assert ("libtcdb_async.so.0" in needed) == shared, needed

    def cc(self, compiler, mode, installation, flags, shared):
        program = WORK / f"consumer-{compiler}-{mode}-{'shared' if shared else 'static'}-{installation.root.name}"
        run(compiler, f"-std={mode}", *STRICT_C, f'-DCONSUMER_EXPECTS="{VERSION}"', *installation.pkg_config("--cflags"),
            SOURCES / "consumer.c", *flags, "-o", program)
        self.assert_answers(program, installation, shared)

    def with_pkg_config(self):
        full, static = self.full, self.static_only
        for compiler in ("gcc", "clang"):
            for mode in C_MODES:
                self.check(f"pkg-config, shared, {compiler} -std={mode}", self.cc, compiler, mode, full, full.pkg_config("--libs"), True)
        self.check("pkg-config --static where the static library alone is installed", self.cc, "gcc", "c99", static,
                   static.pkg_config("--static", "--libs"), False)
        archive, *others = full.pkg_config("--variable=static_libs")
        by_name = [full.path(archive.removeprefix(str(full.root))), *others]
        self.check("pkg-config, the static library by name where both are", self.cc, "clang", "c99", full, by_name, False)
        other = Installation(self.install, "multiarch", "/opt/tcdb", "/opt/tcdb/lib/x86_64-linux-gnu")
        self.check("pkg-config with a LIBDIR of its own", self.cc, "gcc", "c99", other, other.pkg_config("--libs"), True)
        self.check("CMake with a LIBDIR of its own", self.cmake, other, "shared", VERSION)

    def cmake(self, installation, component, version):
        build = WORK / f"cmake-{installation.root.name}-{component}-{version}"
        shutil.rmtree(build, ignore_errors=True)
        target = {"shared": "tcdb_async::tcdb_async", "static": "tcdb_async::static"}[component]
        run("cmake", "-S", SOURCES, "-B", build, f"-DCMAKE_PREFIX_PATH={installation.path(installation.prefix)}",
            f"-Dtcdb_async_DIR={installation.path(installation.libdir)}/cmake/tcdb_async",
            f"-DWANTED_COMPONENT={component}", f"-DWANTED_TARGET={target}", f"-DWANTED_VERSION={version}")
        run("cmake", "--build", build)
        self.assert_answers(build / "consumer", installation, component == "shared")

    def refused_by_cmake(self, installation, component, version):
        try:
            self.cmake(installation, component, version)
        except Failed as refusal:
            assert "compatible" in str(refusal) or "without its" in str(refusal), refusal
            return
        raise AssertionError("CMake took it")

    def with_cmake(self):
        for component in ("shared", "static"):
            self.check(f"CMake find_package, {component}", self.cmake, self.full, component, VERSION)
        major = int(VERSION.split(".")[0])
        newer = f"{major}.{int(VERSION.split('.')[1]) + 1}"
        for version in (f"{major + 1}.0", newer):
            self.check(f"CMake refuses version {version}", self.refused_by_cmake, self.full, "shared", version)
        self.check("CMake says that the shared library is not installed", self.refused_by_cmake, self.static_only, "shared", VERSION)

    def cpp(self, compiler, mode):
        program = WORK / f"exceptions-{compiler}-{mode}"
        run(compiler, f"-std={mode}", *STRICT, *self.full.pkg_config("--cflags"), HERE / "exceptions.cpp",
            *self.full.pkg_config("--libs"), "-pthread", "-o", program)
        said = self.answers(program, self.full, ())
        assert ", 0 failed" in said, said
        return int(re.search(r"(\d+) passed", said)[1])

    def with_cpp(self):
        for compiler in ("g++", "clang++"):
            for mode in CPP_MODES:
                self.check(f"the C++ wrapper, {compiler} -std={mode}", self.cpp, compiler, mode)
        for name, mode, arguments in [("query", "c++17", [DOCUMENTED]), ("wait", "c++17", [DOCUMENTED, "5"]),
                                      ("coroutine", "c++20", [DOCUMENTED, DOCUMENTED])]:
            self.check(f"examples-c/{name}.cpp", self.cpp_example, name, mode, arguments)

    def cpp_example(self, name, mode, arguments):
        program = WORK / f"{name}-cpp"
        run("g++", f"-std={mode}", *STRICT, *self.full.pkg_config("--cflags"), f"examples-c/{name}.cpp",
            *self.full.pkg_config("--libs"), "-o", program)
        to = [self.server.https, self.server.ca] if name == "wait" else ["--endpoint", self.server.https, "--ca", self.server.ca]
        environment = self.server.environment(LD_LIBRARY_PATH=str(self.full.path(self.full.libdir)))
        said = run(program, "ap-guangzhou", *arguments, *to, env=environment)
        assert f"{DOCUMENTED}: SUCCESS" in said and ("Dropped the database table" in said or name == "coroutine"), said

    def with_another_rust_library(self):
        library, program = WORK / "libneighbour.a", WORK / "two_libraries"
        run("rustc", "--edition=2024", "-O", "--crate-type=staticlib", SOURCES / "neighbour.rs", "-o", library)
        ours = self.static_only
        for order in ([library, *ours.pkg_config("--static", "--libs")], [*ours.pkg_config("--libs"), library, *ours.pkg_config("--static", "--libs")]):
            run("gcc", *STRICT_C, *ours.pkg_config("--cflags"), SOURCES / "two_libraries.c", *order, "-o", program)
            run(program)

    def without_debug_information(self):
        library = self.full.path(f"{self.full.libdir}/libtcdb_async.a")
        sections = run("readelf", "-SW", library)
        assert ".debug_" not in sections and ".llvmbc" not in sections, "it has some"
        assert library.stat().st_size < 8 << 20, library.stat().st_size
        strange = [line for line in run("nm", "-g", "--defined-only", library).splitlines() if " T " in line and " tcdb_" not in line]
        assert not strange, strange

    def libs_private(self):
        # Never -o /dev/null: as root the compiler replaces the device by its file.
        with tempfile.TemporaryDirectory() as folder:
            command = ["rustc", "--crate-type", "staticlib", "--print", "native-static-libs", "-o", f"{folder}/empty.a", "-"]
            said = subprocess.run(command, input="", capture_output=True, text=True, check=True).stderr
        native = re.search(r"native-static-libs: (.*)", said)[1].split()
        static = self.full.pkg_config("--static", "--libs")
        assert static[-len(native):] == native, (native, static)
        assert self.full.pkg_config("--variable=static_libs")[1:] == native, native
        config = self.full.path(f"{self.full.libdir}/cmake/tcdb_async/tcdb_async-config.cmake").read_text()
        linked = re.search(r'INTERFACE_LINK_LIBRARIES "(.*)"', config)[1].split(";")
        assert [f"-l{name}" for name in linked] == native, (native, linked)

    def complete(self):
        files = self.full.files()
        for path in ["usr/local/include/tcdb_async.h", "usr/local/include/tcdb_async.hpp",
                     f"usr/local/lib/libtcdb_async.so.{VERSION}", "usr/local/lib/libtcdb_async.so.0",
                     "usr/local/lib/libtcdb_async.so", "usr/local/lib/libtcdb_async.a", "usr/local/share/man/man3/tcdb_query.3", "usr/local/share/man/man3/tcdb_async.3",
                     "usr/local/share/doc/tcdb-async/LICENSE-MIT", "usr/local/share/doc/tcdb-async/LICENSE-APACHE",
                     "usr/local/share/doc/tcdb-async/LICENSES-OF-CRATES.txt"]:
            assert path in files, f"{path} is missing"
        inside = [path for path in files if self.full.path(path).is_file() and not path.endswith((".a", ".0"))
                  and b"target/linking" in self.full.path(path).read_bytes()]
        assert not inside, f"DESTDIR in {inside}"

    def man_pages(self):
        folder = self.full.path("/usr/local/share/man/man3")
        symbols = Path("symbols.txt").read_text().splitlines()
        for name in (line.split()[0] for line in symbols if line and not line.startswith("#")):
            text = (folder / f"{name}.3").read_text()
            if text.startswith(".so "):
                text = (folder.parent / text.split()[1]).read_text()
            assert "#include <tcdb_async.h>" in text and f"\n.SS {name}\n" in text and f" {name}(" in text.replace("*", " "), name

    def links_of_documents(self):
        folder = self.full.path("/usr/local/share/doc/tcdb-async")
        broken = [f"{document.relative_to(folder)}: {target}" for document in folder.rglob("*.md")
                  for target in re.findall(r"\]\(([^)#]+)", document.read_text())
                  if "://" not in target and not (document.parent / target).exists()]
        assert not broken, f"links that lead nowhere: {broken}"
        return sum(1 for _ in folder.rglob("*.md"))

    def moved_tree(self):
        """pkg-config and CMake find an installation that was moved as a whole."""
        moved = WORK / "moved"
        shutil.rmtree(moved, ignore_errors=True)
        shutil.copytree(self.full.path("/usr/local"), moved, symlinks=True)
        environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(moved / "lib/pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "tcdb_async", env=environment).split()
        folders = {str(Path(flag[2:]).resolve()) for flag in flags if flag.startswith(("-I", "-L"))}
        assert folders == {str(moved / "include"), str(moved / "lib")}, flags
        program = WORK / "consumer-moved"
        run("gcc", f'-DCONSUMER_EXPECTS="{VERSION}"', SOURCES / "consumer.c", *flags, "-o", program)
        said = run(program, *self.server.arguments(), DOCUMENTED, env={"LD_LIBRARY_PATH": str(moved / "lib")})
        assert said == EXPECTED, said

    def commands_of_the_page(self):
        """The first rows of docs/linking.md, as they are printed: cc with each library."""
        commands = re.findall(r"^\| cc, [^|]*\| `(cc [^`]*)` \|$", Path("docs/linking.md").read_text(), re.M)
        used = [(self.full, True), (self.full, False), (self.static_only, False), (self.full, False)]
        assert len(commands) == len(used), commands
        for number, (command, (installation, is_shared)) in enumerate(zip(commands, used)):
            environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(installation.path(f"{installation.libdir}/pkgconfig")),
                           "PKG_CONFIG_SYSROOT_DIR": str(installation.root)}
            program = WORK / f"consumer-of-the-page-{number}"
            words = command.replace("main.c", f"{SOURCES}/consumer.c -o {program} '-DCONSUMER_EXPECTS=\"{VERSION}\"'").replace("\\|", "|")
            run("sh", "-c", words, env=environment)
            self.assert_answers(program, installation, is_shared)
        assert "no dynamic section" in run("readelf", "-dW", program), "the last one is static altogether"
        return len(commands)

    def uninstalls_exactly(self):
        installation = Installation(self.install, "uninstall", "/opt/tcdb")
        foreign = installation.path("/opt/tcdb/lib/libother.so")
        stale = installation.path("/opt/tcdb/share/man/man3/tcdb_gone.3")
        foreign.write_text("not ours")
        stale.write_text("of an older version")
        notes = installation.path("/opt/tcdb/share/tcdb-async/installed")
        notes.write_text(notes.read_text() + "f /opt/tcdb/share/man/man3/tcdb_gone.3\n")
        run(*self.install, env=installation.variables)
        assert not stale.exists(), "an older version's file stays"
        installation.uninstall()
        assert installation.files() == ["opt", "opt/tcdb", "opt/tcdb/lib", "opt/tcdb/lib/libother.so"], installation.files()
        foreign.unlink()
        installation = Installation(self.install, "uninstall", "/opt/tcdb")
        installation.uninstall()
        assert installation.files() == [], installation.files()

    def add_all(self):
        self.check("everything is installed, and DESTDIR is in none of it", self.complete)
        self.check("there is a man page for every function", self.man_pages)
        self.check("the links of the installed documents hold", self.links_of_documents)
        self.check("the installation may be moved", self.moved_tree)
        self.check("the commands of docs/linking.md", self.commands_of_the_page)
        self.check("Libs.private and CMake name what rustc says", self.libs_private)
        self.check("the static library is without debug information", self.without_debug_information)
        self.with_pkg_config()
        self.with_cmake()
        self.with_cpp()
        self.check("the static library with another Rust static library", self.with_another_rust_library)
        self.check("uninstall removes exactly what install put", self.uninstalls_exactly)


class Consumers(MockServerTest):
    def test_every_way_to_link_the_library_works(self):
        checks = Checks(INSTALL, self.server)
        checks.add_all()
        for what, right, failure in checks.outcomes():
            with self.subTest(what):
                print(f"{what}: {right} right")
                self.assertIsNone(failure)
