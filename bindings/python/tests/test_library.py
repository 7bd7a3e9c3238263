"""How the library is found and checked, and what importing costs."""

import glob
import inspect
import os
import pydoc
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import tcdb_async
from tcdb_async import _ffi

PACKAGE = os.path.dirname(tcdb_async.__file__)
LIBRARY = os.environ["TCDB_ASYNC_LIBRARY"]
OLDER = [
    path
    for path in [
        *filter(None, map(shutil.which, ("python2.7", "python3.6", "python3.7", "python3.8"))),
        *glob.glob(os.path.join(os.path.dirname(sys.base_prefix), "[23].[678].*", "bin", "python")),
    ]
    if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0
]
# What an import must not pull in: each costs more than all of this package.
DEAR = [
    "argparse",
    "asyncio",
    "concurrent.futures",
    "ctypes.util",
    "dataclasses",
    "http",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "queue",
    "random",
    "re",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "typing",
    "urllib",
]


def run(program, **environment):
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": os.path.dirname(PACKAGE)}
    return subprocess.run(
        [sys.executable, "-c", program], env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )


class Finding(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def expect_import_error(self, *said, cwd=None, **environment):
        ran = run("import tcdb_async", **environment)
        last = ran.stderr.strip().splitlines()[-1]
        self.assertEqual(ran.returncode, 1)
        self.assertTrue(last.startswith("ImportError: "), last)
        for text in said:
            self.assertIn(text, last)

    def test_the_variable_is_exclusive(self):
        missing = os.path.join(self.folder, "no-such-library.so")
        self.expect_import_error(missing, "cannot load", TCDB_ASYNC_LIBRARY=missing)

    def test_a_relative_path_is_refused(self):
        self.expect_import_error("not an absolute path", TCDB_ASYNC_LIBRARY="libtcdb_async.so")

    def test_a_file_that_is_not_a_library_is_named(self):
        path = os.path.join(self.folder, "text.so")
        with open(path, "w") as file:
            file.write("not a library")
        self.expect_import_error(path, TCDB_ASYNC_LIBRARY=path)

    def test_a_strange_library_is_refused_before_it_is_used(self):
        strange = self.compile("int tcdb_query(void) { return 0; }")
        self.expect_import_error(strange, "is not the tcdb-async library", TCDB_ASYNC_LIBRARY=strange)

    def test_another_abi_is_refused(self):
        for version, said in ((0x10001, "1.1"), (0, "0.0")):
            other = self.compile(f"unsigned tcdb_abi_version(void) {{ return {version}u; }}")
            self.expect_import_error(other, f"has the ABI {said}", TCDB_ASYNC_LIBRARY=other)

    def test_a_library_that_lacks_a_function_is_refused(self):
        later = self.compile("unsigned tcdb_abi_version(void) { return 9; }")
        self.expect_import_error(later, "lacks the function tcdb_", TCDB_ASYNC_LIBRARY=later)

    def test_the_file_next_to_the_package_is_taken_from_any_folder(self):
        copy = os.path.join(self.folder, "tcdb_async")
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        os.symlink(LIBRARY, os.path.join(copy, "libtcdb_async.so"))
        program = "import os; os.chdir('/'); import tcdb_async; print(tcdb_async.library_path())"
        ran = run(program, PYTHONPATH=self.folder)
        self.assertEqual((ran.stdout.strip(), ran.stderr), (os.path.join(copy, "libtcdb_async.so"), ""))

    def test_the_current_folder_is_never_searched(self):
        copy = os.path.join(self.folder, "packages", "tcdb_async")
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        for name in ("libtcdb_async.so", "libtcdb_async.so.0"):
            os.symlink(LIBRARY, os.path.join(self.folder, name))
        program = f"import os; os.chdir({self.folder!r}); import tcdb_async"
        ran = run(program, PYTHONPATH=os.path.dirname(copy))
        self.assertIn("cannot load its library libtcdb_async.so.0", ran.stderr)

    @unittest.skipUnless(OLDER, "there is no Python below 3.9")
    def test_an_older_python_is_refused_in_one_line(self):
        for python in OLDER:
            ran = subprocess.run(
                [python, "-c", "import tcdb_async"],
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.path.dirname(PACKAGE),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                capture_output=True,
                text=True,
            )
            last = ran.stderr.strip().splitlines()[-1]
            self.assertIn("tcdb_async needs Python 3.9 or later; this is Python ", last)

    def test_another_implementation_of_python_is_refused_in_one_line(self):
        ran = run("import sys; sys.implementation.name = 'pypy'; import tcdb_async")
        self.assertEqual(ran.stderr.strip().splitlines()[-1], "ImportError: tcdb_async needs CPython; this is pypy")

    def test_inside_a_zip_archive_the_reason_is_said(self):
        archive = os.path.join(self.folder, "program.pyz")
        with zipfile.ZipFile(archive, "w") as file:
            for name in os.listdir(PACKAGE):
                if name.endswith(".py"):
                    file.write(os.path.join(PACKAGE, name), f"tcdb_async/{name}")
            file.writestr("__main__.py", "import tcdb_async\nprint(tcdb_async.library_path())\n")
        kept = {"PATH": os.environ["PATH"]}
        ran = subprocess.run([sys.executable, archive], env=kept, capture_output=True, text=True, timeout=60)
        last = ran.stderr.strip().splitlines()[-1]
        for said in (archive, "zip", "TCDB_ASYNC_LIBRARY"):
            self.assertIn(said, last)
        kept["TCDB_ASYNC_LIBRARY"] = LIBRARY
        ran = subprocess.run([sys.executable, archive], env=kept, capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.stdout.strip(), ran.stderr), (LIBRARY, ""))

    def compile(self, source):
        path = os.path.join(self.folder, f"strange{len(os.listdir(self.folder))}.so")
        compiler = os.environ.get("CC", "cc")
        subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", "-o", path, "-"], input=source.encode(), check=True)
        return path


class Help(unittest.TestCase):
    def test_it_names_no_machinery_and_says_something_of_everything_public(self):
        for name in tcdb_async.__all__:
            value = getattr(tcdb_async, name)
            if isinstance(value, str):
                continue
            shown = pydoc.plain(pydoc.render_doc(value))
            with self.subTest(name):
                self.assertNotIn("tcdb_async._", shown)
                self.assertEqual(re.findall(r"(?m)^ \|  (_[a-z]\w*)", shown), [])
                members = vars(value).items() if isinstance(value, type) else ()
                undocumented = [
                    member
                    for member, each in members
                    if not member.startswith("_") and (callable(each) or isinstance(each, (classmethod, property)))
                    if not inspect.getdoc(getattr(value, member) if isinstance(each, classmethod) else each)
                ]
                self.assertEqual((undocumented, bool(inspect.getdoc(value))), ([], True))


class Importing(unittest.TestCase):
    def test_nothing_dear_is_imported(self):
        program = (
            "import sys; before = set(sys.modules); import tcdb_async; print(*(set(sys.modules) - before), sep='\\n')"
        )
        ran = run(program, TCDB_ASYNC_LIBRARY=LIBRARY)
        self.assertIn("tcdb_async._client", ran.stdout.split(), ran.stderr)
        self.assertEqual([name for name in DEAR if name in ran.stdout.split()], [])

    def test_no_thread_is_started(self):
        program = "import tcdb_async, os; print(len(os.listdir('/proc/self/task')))"
        self.assertEqual(run(program, TCDB_ASYNC_LIBRARY=LIBRARY).stdout.strip(), "1")


class Versions(unittest.TestCase):
    def test_the_package_and_the_library_are_of_one_version(self):
        self.assertEqual(tcdb_async.__version__, tcdb_async.library_version())

    def test_the_abi_of_the_table_is_the_libraries(self):
        version = _ffi.lib.tcdb_abi_version()
        self.assertEqual((version >> 16, version & 0xFFFF), (_ffi.ABI_MAJOR, _ffi.ABI_MINOR))


class Hosts(unittest.TestCase):
    def test_the_hosts_of_both_sites_are_the_headers(self):
        header = os.path.join(os.path.dirname(os.path.dirname(LIBRARY)), "..", "include", "tcdb_async.h")
        with open(header if os.path.exists(header) else "include/tcdb_async.h") as file:
            defined = dict(re.findall(r'#define TCDB_(ENDPOINT_\w+) "(.*)"', file.read()))
        said = {name: getattr(tcdb_async, name) for name in ("ENDPOINT_INTL", "ENDPOINT_MAINLAND")}
        self.assertEqual(said, defined)


class Symbols(unittest.TestCase):
    def test_the_table_has_every_symbol_that_the_library_exports(self):
        said = subprocess.run(
            ["nm", "-D", "--defined-only", LIBRARY], check=True, capture_output=True, text=True
        ).stdout
        exported = set(re.findall(r" T (tcdb_\w+)", said))
        bound = set(_ffi.CALLS) | set(_ffi.ACCESSORS)
        self.assertEqual(bound & set(_ffi.NOT_BOUND), set())
        self.assertEqual(exported - bound - set(_ffi.NOT_BOUND), set(), "exported, and neither bound nor excused")
        self.assertEqual(bound - exported, set(), "bound, but not exported")


if __name__ == "__main__":
    unittest.main()
