#!/usr/bin/env python3
"""The header compiles without a word, alone and included twice, in every mode of every C and C++ compiler there is.

header_modes.py HEADER [--need-both]   --need-both: a missing gcc or clang is a failure
"""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wconversion", "-Werror", "-fsyntax-only"]
C = ["c89", "gnu89", "c99", "c11", "c17", "c2x", "c23"]
CPP = ["c++98", "c++03", "c++11", "c++14", "c++17", "c++20", "c++2b", "c++23"]
ONLY_CPP17 = ["c++17", "c++20", "c++2b", "c++23"]
COMPILERS = {"c": ["cc", "gcc", "clang", "clang-22"], "c++": ["c++", "g++", "clang++", "clang++-22"]}


def knows(compiler, mode, language):
    """A compiler need not know every mode: c23 is newer than gcc 12."""
    command = [compiler, f"-std={mode}", "-x", language, "-fsyntax-only", "/dev/null"]
    return subprocess.run(command, capture_output=True).returncode == 0


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
        for compiler in filter(shutil.which, COMPILERS[language]):
            for mode in modes:
                if knows(compiler, mode, language):
                    yield from ((compiler, mode, language, source) for source in sources)


def main(header, need_both):
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        work = list(jobs(header, folder))
        failed = 0
        for (compiler, mode, _, source), good, words in pool.map(compile_header, work):
            if not good:
                failed += 1
                print(f"FAILED: {compiler} -std={mode} {os.path.basename(source)[:-4]}\n{words}")
    used = sorted({compiler for compiler, *_ in work})
    print(f"{header}: {len(work)} compilations by {', '.join(used) or 'no compiler'}")
    if need_both:
        missing = [kind for kind in ("gcc", "clang") if not shutil.which(kind)]
        failed += len(missing)
        for kind in missing:
            print(f"FAILED: {kind} is not installed")
    print(f"{len(work) - failed} passed, {failed} failed")
    return 1 if failed or not work else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--need-both" in sys.argv))
