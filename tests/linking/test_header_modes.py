"""The headers compile without a warning, alone and included twice, in every mode of every C and C++ compiler there is."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wconversion", "-Werror", "-fsyntax-only"]
# The newest goes by its working name in older compilers.
C = ["c89", "gnu89", "c99", "c11", "c17", ("c23", "c2x")]
CPP = ["c++98", "c++03", "c++11", "c++14", "c++17", "c++20", ("c++23", "c++2b")]
ONLY_CPP17 = CPP[-3:]
COMPILERS = {"c": ["cc", "gcc", "clang", "clang-22"], "c++": ["c++", "g++", "clang++", "clang++-22"]}


def known(compiler, mode, language):
    """The name that a compiler knows a mode by."""
    for name in (mode,) if isinstance(mode, str) else mode:
        command = [compiler, f"-std={name}", "-x", language, "-fsyntax-only", "/dev/null"]
        if subprocess.run(command, capture_output=True).returncode == 0:
            return name
    raise SystemExit(f"{compiler} does not know -std={mode}")


def compilers(language):
    """Each once: cc is gcc or clang by another name."""
    found = {os.path.realpath(path): name for name in COMPILERS[language] if (path := shutil.which(name))}
    return sorted(found.values())


def compile_header(job):
    compiler, mode, language, source = job
    flags = FLAGS + (["-Wstrict-prototypes"] if language == "c" else [])
    command = [compiler, f"-std={mode}", *flags, "-Iinclude", "-x", language, source]
    run = subprocess.run(command, capture_output=True, text=True)
    return job, run.returncode == 0 and not run.stderr, run.stderr


def jobs(header, folder):
    sources = []
    for name, times in [("once", 1), ("twice", 2)]:
        path = os.path.join(folder, f"{name}.src")
        with open(path, "w") as file:
            file.write(f'#include "{header}"\n' * times + "typedef int not_empty;\n")
        sources.append(path)
    languages = {"c++": ONLY_CPP17} if header.endswith(".hpp") else {"c": C, "c++": CPP}
    for language, modes in languages.items():
        for compiler in compilers(language):
            for mode in modes:
                name = known(compiler, mode, language)
                yield from ((compiler, name, language, source) for source in sources)


# What clang warns of whenever C++ newer than C++98 is used; its other warnings contradict no style.
EVERY_WARNING = ["-Weverything", "-Wno-c++98-compat", "-Wno-c++98-compat-pedantic"]
USES_EVERYTHING = "tests/linking/exceptions.cpp"


def every_warning(job):
    """What clang says of the header in a program that instantiates every template of it."""
    compiler, mode = job
    command = [compiler, f"-std={mode}", *EVERY_WARNING, "-Iinclude", "-fsyntax-only", USES_EVERYTHING]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    of_header = [line for line in said.splitlines() if line.startswith("include/") or " error: " in line]
    return f"{compiler} -std={mode} -Weverything", not of_header, "\n".join(of_header)


def refused(job):
    """What a compiler says where the C++ header cannot work: one error that names the way out."""
    compiler, flags, source, way_out = job
    command = [compiler, *flags, "-Iinclude", "-x", "c++", "-fsyntax-only", source]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    errors = [line for line in said.splitlines() if "error:" in line]
    return f"{compiler} {' '.join(flags)}", len(errors) == 1 and way_out in errors[0], said


def cpp_jobs(folder):
    for compiler in compilers("c++"):
        if "clang" in compiler:
            yield from ((every_warning, (compiler, known(compiler, mode, "c++"))) for mode in ONLY_CPP17)
        source = os.path.join(folder, "once.src")
        for mode in ("c++98", "c++11", "c++14"):
            yield refused, (compiler, [f"-std={mode}"], source, "-std=c++17")
        yield refused, (compiler, ["-std=c++17", "-fno-exceptions"], source, "-fno-exceptions")


class HeaderModes(unittest.TestCase):
    """With NEED_BOTH in the environment, a missing gcc or clang is a failure."""

    def compile_everywhere(self, header):
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
            work = list(jobs(header, folder))
            self.assertTrue(work, "no compiler")
            for (compiler, mode, _, source), good, words in pool.map(compile_header, work):
                with self.subTest(f"{header}: {compiler} -std={mode} {os.path.basename(source)[:-4]}"):
                    self.assertTrue(good, words)

    def test_the_c_header_compiles_in_every_mode_of_c_and_cpp(self):
        self.compile_everywhere("tcdb_async.h")

    def test_the_example_at_the_head_of_the_c_header_compiles(self):
        with open("include/tcdb_async.h") as file:
            comment = file.read().split("*/")[0]
        example = [line.removeprefix(" *     ") for line in comment.splitlines() if line.startswith(" *     ")]
        self.assertGreaterEqual(len(example), 10)
        program = ["#include <tcdb_async.h>", "#include <stdio.h>", "void run(const char *async_request_id);",
                   "void run(const char *async_request_id) {", *example, "}", ""]
        for compiler in compilers("c"):
            with self.subTest(compiler):
                command = [compiler, "-std=c99", *FLAGS, "-Iinclude", "-x", "c", "-"]
                run = subprocess.run(command, input="\n".join(program), capture_output=True, text=True)
                self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_the_cpp_header_compiles_in_every_mode_from_cpp17(self):
        self.compile_everywhere("tcdb_async.hpp")

    def test_the_cpp_header_has_no_warning_of_clang_and_says_where_it_cannot_work(self):
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
            list(jobs("tcdb_async.hpp", folder))  # writes the sources
            for what, good, words in pool.map(lambda job: job[0](job[1]), cpp_jobs(folder)):
                with self.subTest(what):
                    self.assertTrue(good, words)

    def test_the_example_of_the_sites_cpp_page_compiles(self):
        with open("docs/site/cpp.md") as file:
            (example,) = re.findall(r"^```cpp\n(.*?)^```$", file.read(), re.M | re.S)
        for compiler in compilers("c++"):
            with self.subTest(compiler):
                command = [compiler, "-std=c++17", *FLAGS, "-Iinclude", "-x", "c++", "-"]
                run = subprocess.run(command, input=example, capture_output=True, text=True)
                self.assertEqual((run.returncode, run.stderr), (0, ""))

    @unittest.skipUnless(os.environ.get("NEED_BOTH"), "machine: only the compilers there are")
    def test_gcc_and_clang_are_there(self):
        for compiler in ("gcc", "clang"):
            with self.subTest(compiler):
                self.assertTrue(shutil.which(compiler), "not installed")
