#!/usr/bin/env python3
"""Runs the checks that drive C programs a second time, in a copy of the tree where the library, the compiler and the
endpoint are stand-ins. What the checks do is not written twice; what comes later is covered by itself.

usage: mirror.py KIND LIBRARY-FOLDER
  sanitized  the library and every C program under AddressSanitizer and UndefinedBehaviourSanitizer, leaks included
  memcheck   every C program under valgrind, over plain HTTP
  counted    the library counts the lines it runs (for coverage)

A C program is a file with a main() in examples-c/ or tests/programs/. The checks are those of `make list-checks` that compile
one. A program that no check has run fails the run.
"""
import glob
import os
import re
import shutil
import subprocess
import sys

import stand_in_cc

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LEFT_BEHIND = shutil.ignore_patterns("target", ".git", "__pycache__", ".venv", "node_modules", "fuzz", "*.pyc")
PROGRAMS = [os.path.join(ROOT, "examples-c", "*.c"), os.path.join(ROOT, "tests", "programs", "*.c")]
# These drive C programs too, but not with a library that a stand-in can take the place of.
NOT_MIRRORED = re.compile(r"--release|zigbuild|packaging/|mirror\.py|fuzz/")


class Mirror:
    def __init__(self, kind, library):
        self.kind = kind
        self.place = os.path.join(ROOT, "target", "mirror", kind)
        self.reports = self.place + "-reports"
        for old in (self.place, self.reports):
            shutil.rmtree(old, ignore_errors=True)
        os.makedirs(self.reports)
        shutil.copytree(ROOT, self.place, ignore=LEFT_BEHIND, symlinks=True)
        os.makedirs(os.path.join(self.place, "target", "debug"))
        # A program that has become nobody leaves its reports too.
        os.chmod(self.place, 0o777)
        os.chmod(self.reports, 0o777)
        self.environment = {**os.environ, "MIRROR_KIND": kind, "MIRROR_LIBRARY": os.path.abspath(library),
                            "MIRROR_ENDPOINT": os.path.join(ROOT, "target", "debug", "tcdb-mock-server"),
                            "MIRROR_REPORTS": self.reports}

    def make(self, *arguments, **options):
        stand_ins = ["CC=" + os.path.join(HERE, "stand_in_cc.py"), "CARGO=" + os.path.join(HERE, "stand_in_cargo.sh")]
        environment = {k: v for k, v in self.environment.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        return subprocess.run(["make", "--no-print-directory", *stand_ins, *arguments], cwd=self.place, env=environment,
                              stdin=subprocess.DEVNULL, text=True, **options)

    def checks(self):
        """Names of the checks that compile a C program of ours."""
        def plain(*arguments):
            return subprocess.run(["make", "--no-print-directory", *arguments], cwd=self.place, capture_output=True, text=True).stdout

        listed = plain("-s", "list-checks")
        names = [word for line in listed.splitlines() for word in line.split()[1:]]
        for name in dict.fromkeys(names):
            recipe = plain("-n", "-B", name)
            if re.search(r"(examples-c|tests/programs)/\w+\.c", recipe) and not NOT_MIRRORED.search(recipe):
                yield name

    def run(self, name):
        """True: the check passed."""
        log = os.path.join(self.reports, name + ".check")
        with open(log, "w") as out:
            code = self.make("-k", name, stdout=out, stderr=subprocess.STDOUT).returncode
        if code:
            print(f"{name} in the mirror:")
            print("\n".join("    " + line for line in open(log, errors="replace").read().splitlines()[-40:]))
        return code == 0


def programs(kind):
    for path in sorted(sum((glob.glob(pattern) for pattern in PROGRAMS), [])):
        name = os.path.splitext(os.path.basename(path))[0]
        if re.search(r"^(int )?main\(", open(path).read(), re.M) and name not in stand_in_cc.UNWATCHED[kind]:
            yield name


def judge_sanitized(mirror):
    """What the sanitizers wrote, and which programs have run."""
    reports = [p for p in glob.glob(os.path.join(mirror.reports, "*")) if re.search(r"\.\d+$", p)]
    for path in reports:
        if not re.search("ERROR:|runtime error:", open(path, errors="replace").read()):
            continue  # LeakSanitizer's remark that a forked child lacks its parent's threads
        yield f"{os.path.basename(path)}: " + first_lines(path)
    for name in programs("sanitized"):
        if not os.path.exists(os.path.join(mirror.reports, name + ".ran")):
            yield f"{name}: has not run under the sanitizers"


def judge_memcheck(mirror):
    logs = glob.glob(os.path.join(mirror.reports, "*.memcheck"))
    for path in logs:
        if "ERROR SUMMARY: 0 errors" not in open(path, errors="replace").read():
            yield f"{os.path.basename(path)}: " + first_lines(path)
    for name in programs("memcheck"):
        if not any(os.path.basename(path).startswith(name + ".") for path in logs):
            yield f"{name}: has not run under memcheck"


def first_lines(path):
    return "\n".join(open(path, errors="replace").read().splitlines()[:40])


def main():
    kind, library = sys.argv[1:3]
    mirror = Mirror(kind, library)
    passed, failures = 0, []
    for name in mirror.checks():
        if mirror.run(name) or kind == "memcheck":  # twenty times as slow: what depends on time is no matter here
            passed += 1
        else:
            failures.append(f"{name}: failed in the mirror")
    if kind == "counted":
        judged = []
    else:
        judged = list(judge_sanitized(mirror) if kind == "sanitized" else judge_memcheck(mirror))
        passed += len(list(programs(kind)))
    for name, reason in stand_in_cc.UNWATCHED[kind].items():
        print(f"not watched: {name}: {reason}")
    for failure in failures + judged:
        print("FAILED:", failure)
    failed = len(failures) + len(judged)
    print(f"{max(passed - len(judged), 0)} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
