#!/usr/bin/env python3
"""Which lines of src/ the tests run: the Rust tests and the checks that drive C programs, bad input and the panics together.

src/ffi/ and src/api/ must be covered to the last line, the rest to 98 %. Every line that is not is in uncovered.txt with
its reason; one that is not there fails the run.

usage: coverage.py CHECK... [--show]    the checks, run with BUILD=coverage; --show: print the lines for uncovered.txt
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

import ordinary_build

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(ROOT, "target", "coverage")
PROFILES = os.path.join(FOLDER, "profiles")
LIBRARY = os.path.join(FOLDER, "debug")
# To the last line: the boundary, and what signs and reads replies.
WHOLE = re.compile(r"^src/(ffi|api)/.*\.rs$")
LEAST = 98.0
# Which of two threads comes first decides over a few lines: they are reported, and fail the check only together.
MOST_UNEXPLAINED = 8
# Built under features of their own, for fuzzers.
ELSEWHERE = re.compile(r"^src/(testing/.*|http/scripted)\.rs$")


def tool(name):
    """llvm's, of a version that reads what rustc writes."""
    for version in ("-22", "-23", "-21"):
        if shutil.which(name + version):
            return name + version
    print(f"skipped: {name}-22 is not installed")
    sys.exit(77)


def run(command, **more):
    environment = {**os.environ, "LLVM_PROFILE_FILE": os.path.join(PROFILES, "%m_%p.profraw"), **more.pop("env", {})}
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, **more)


def cargo(*arguments, **more):
    wrapper = {"RUSTC_WORKSPACE_WRAPPER": os.path.join(HERE, "counted_rustc.sh")}
    return run(["cargo", *arguments, "--features", "panic-test", "--target-dir", FOLDER], env=wrapper, **more)


def build():
    """The dependencies count nothing, so those of the ordinary build serve here too."""
    ordinary_build.link_into(LIBRARY)
    built = cargo("test", "--no-run", "--message-format=json-render-diagnostics", stdout=subprocess.PIPE, text=True)
    # The tests leave the shared library where only they find it.
    if built.returncode or cargo("build", "--lib").returncode:
        sys.exit("FAILED: the counted build")
    link = os.path.join(LIBRARY, "libtcdb_async.so.0")
    if not os.path.lexists(link):
        os.symlink("libtcdb_async.so", link)
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    return [m["executable"] for m in messages if m.get("executable") and m["profile"]["test"]]


def exercise(tests):
    """Runs everything; returns what failed. That is reported, but decided by the checks that these tests belong to."""
    # They sleep for most of their time, so more than one a core.
    failed = [os.path.basename(test) for test in tests
              if run([test, "-q", "--test-threads=4"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode]
    checks = [word for word in sys.argv[1:] if not word.startswith("--")]
    if run([sys.executable, os.path.join(ROOT, "tests", "run.py"), "BUILD=coverage", *checks]).returncode:
        failed.append("a check of C programs")
    return failed


def counts(tests):
    """{file: {line: how often}} of src/, without what is tests."""
    raw = glob.glob(os.path.join(PROFILES, "*.profraw"))
    merged = os.path.join(FOLDER, "all.profdata")
    listed = os.path.join(FOLDER, "profiles.txt")
    with open(listed, "w") as out:
        out.write("\n".join(raw))
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "--failure-mode=all", "-o", merged, "-f", listed], check=True)
    objects = [*tests, os.path.join(LIBRARY, "libtcdb_async.so")]
    files = {}
    # One by one: of a function that several programs hold, llvm-cov would keep one record, not the best.
    for one in objects:
        command = [tool("llvm-cov"), "export", "-format=lcov", "-instr-profile", merged, one]
        add(files, subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout)
    return {path: without_tests(path, lines) for path, lines in files.items()}


def add(files, exported):
    """Takes in one program's lines, in lcov's form."""
    current = None
    for line in exported.splitlines():
        if line.startswith("SF:"):
            path = os.path.relpath(line[3:], ROOT)
            is_ours = path.startswith("src/") and not path.endswith("tests.rs") and not ELSEWHERE.match(path)
            current = files.setdefault(path, {}) if is_ours else None
        elif line.startswith("DA:") and current is not None:
            number, count = line[3:].split(",")[:2]
            current[int(number)] = max(current.get(int(number), 0), int(count))


def without_tests(path, lines):
    source = open(os.path.join(ROOT, path)).read().splitlines()
    tests = next((i for i, text in enumerate(source, 1) if text.strip() == "#[cfg(test)]"
                  and i < len(source) and re.match(r"\s*mod \w+ \{", source[i])), len(source) + 1)
    return {number: count for number, count in lines.items() if number < tests}


def reasons():
    """{(file, text of the line): reason}."""
    listed = {}
    for line in open(os.path.join(HERE, "uncovered.txt")):
        if line.strip() and not line.startswith("#"):
            # A pattern has bars of its own.
            path, rest = line.split(" | ", 1)
            text, reason = (part.strip() for part in rest.rsplit(" | ", 1))
            listed[(path.strip(), text)] = reason
    return listed


def percent(lines):
    return 100.0 * sum(1 for count in lines if count) / max(len(lines), 1)


def main():
    tool("llvm-cov")
    shutil.rmtree(PROFILES, ignore_errors=True)
    os.makedirs(PROFILES)
    # A program that has used up its user's threads counts as another user (tests/programs/threads.c).
    os.chmod(PROFILES, 0o777)
    tests = build()
    for name in exercise(tests):
        print(f"did not pass while it was counted: {name}")
    failures, unexplained = [], []
    files = counts(tests)
    known = reasons()
    passed, used = 0, set()
    for path, lines in sorted(files.items()):
        source = open(os.path.join(ROOT, path)).read().splitlines()
        missing = [number for number, count in sorted(lines.items()) if not count]
        print(f"{path}: {percent(lines.values()):.1f} %" + (f", not {len(missing)} of {len(lines)} lines" if missing else ""))
        for number in missing:
            key = (path, source[number - 1].strip())
            used.add(key)
            if "--show" in sys.argv:
                print(f"  {key[0]} | {key[1]} | ", number)
            elif key not in known:
                unexplained.append(f"{path}:{number} is not covered, and uncovered.txt gives no reason: {key[1]}")
        passed += 1
    for path in [path for path in files if WHOLE.match(path)]:
        if any(not count for count in files[path].values()):
            failures.append(f"{path}: not covered to the last line")
    whole = [count for path, lines in files.items() if WHOLE.match(path) for count in lines.values()]
    rest = [count for path, lines in files.items() if not WHOLE.match(path) for count in lines.values()]
    print(f"the boundary and api: {percent(whole):.2f} % of {len(whole)} lines; the rest: {percent(rest):.2f} % of {len(rest)} lines")
    if percent(rest) < LEAST or len(whole) < 300 or len(rest) < 1000:
        failures.append(f"the rest: {percent(rest):.2f} % of {len(rest)} lines; {LEAST} % is the least")
    for line in unexplained:
        print(line)
    if len(unexplained) > MOST_UNEXPLAINED:
        failures.append(f"{len(unexplained)} lines are neither covered nor explained; at most {MOST_UNEXPLAINED} may be")
    for path, text in sorted(set(known) - used):
        print(f"covered this time: {path} | {text}")
    for failure in failures:
        print("FAILED:", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
