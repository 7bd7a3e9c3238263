#!/usr/bin/env python3
"""Proves that the sanitizers and valgrind are on: each seeded bug must be found, and the same program without one must
pass.

usage: seeded_bugs.py sanitized|memcheck LIBRARY-FOLDER
"""
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
FOUND = {
    "sanitized": {"use_after_free": "heap-use-after-free", "free_twice": "AddressSanitizer", "read_beyond": "heap-buffer-overflow",
                  "leak": "LeakSanitizer", "undefined": "signed integer overflow"},
    "memcheck": {"use_after_free": "Invalid read", "free_twice": "Invalid", "read_beyond": "Invalid read", "leak": "definitely lost"},
}


def reports_in(work):
    return glob.glob(os.path.join(work, "seeded_bugs.[0-9]*"))


def main():
    kind, library = sys.argv[1:3]
    work = os.path.join(ROOT, "target", "mirror", "seeded-" + kind)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    library = os.path.abspath(library)
    shutil.copy(os.path.join(library, "libtcdb_async.so"), os.path.join(work, "libtcdb_async.so.0"))
    passed, failures = 0, []
    if kind == "sanitized":
        symbols = subprocess.run(["nm", "-D", os.path.join(work, "libtcdb_async.so.0")], capture_output=True, text=True).stdout
        if "U __asan_report_load" in symbols and "U __asan_init" in symbols:
            passed += 1
        else:
            failures.append("the library does not call AddressSanitizer")
    program = os.path.join(work, "seeded_bugs")
    environment = {**os.environ, "MIRROR_KIND": kind, "MIRROR_REPORTS": work}
    subprocess.run([os.path.join(ROOT, "tests", "proofs", "stand_in_cc.py"), "-I", os.path.join(ROOT, "include"), "-o", program, os.path.join(HERE, "seeded_bugs.c"),
                    os.path.join(work, "libtcdb_async.so.0"), "-Wl,-rpath," + work], env=environment, check=True)
    for bug, mark in [("none", None), *FOUND[kind].items()]:
        for old in reports_in(work):
            os.remove(old)
        subprocess.run([program, bug], capture_output=True)
        reports = reports_in(work)
        said = "".join(open(path, errors="replace").read() for path in reports)
        if mark is None:
            good = "ERROR SUMMARY: 0 errors" in said if kind == "memcheck" else not said
        else:
            good = mark in said
        if good:
            passed += 1
        else:
            failures.append(f"{bug}: expected {mark!r}, got {said[:2000]!r}")
    for failure in failures:
        print("FAILED:", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
