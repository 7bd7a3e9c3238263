#!/usr/bin/env python3
"""Builds the example of every language, asks all of them the same questions and compares with the one right answer.

Usage: check.py [LANGUAGE...]. The mock server on loopback answers. Ends with a table of languages, tools and versions, and
a line `N passed, N failed`. A language whose tools are missing is named and skipped: exit code 77.
"""
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests")
sys.path += [TESTS, os.path.join(TESTS, "mock-server")]
import processes  # noqa: E402
import timing  # noqa: E402
from mock_server import MockServer  # noqa: E402

import printed  # noqa: E402
from languages import BUILT, HEADER, HERE, LANGUAGES, LIBRARY, ROOT
from questions import NO_LIBRARY, NO_LIBRARY_LINKED, OTHER_ABI, questions, tasks

SKIP = 77
SECONDS = 60  # for one run of an example
# From Ctrl-C to the end: within a second on a quiet machine. A call that hears nothing takes 28, by its own timeouts.
INTERRUPT_SECONDS = 4
MOST_INTERRUPT_SECONDS = 20  # however busy the machine is


class Server(MockServer):
    def __init__(self):
        super().__init__(os.path.join(LIBRARY, "tcdb-mock-server"))

    def environment(self):
        """What an example is run with: nothing of the caller's but where the tools are."""
        return super().environment(
            HOME=os.path.join(BUILT, "home"), LC_ALL="C", LD_LIBRARY_PATH=LIBRARY, LD_PRELOAD=os.path.join(BUILT, "live_objects.so"),
            TCDB_ASYNC_ENDPOINT=self.https, TCDB_ASYNC_CA_FILE=self.ca)


def build_live_objects():
    source, target = os.path.join(HERE, "live_objects.c"), os.path.join(BUILT, "live_objects.so")
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", target, source, "-ldl"], check=True)


def build_other_abi():
    """A library of the same soname and functions, of ABI 1.0, in which every other call ends the process."""
    names = set(re.findall(r"\b(tcdb_\w+)\(", open(os.path.join(HEADER, "tcdb_async.h")).read())) - {"tcdb_abi_version"}
    folder = os.path.join(BUILT, "other_abi")
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, "stub.c")
    with open(source, "w") as out:
        out.write("void abort(void);\nunsigned tcdb_abi_version(void) { return 1u << 16; }\n")
        out.writelines(f"void {name}(void) {{ abort(); }}\n" for name in sorted(names))
    target = os.path.join(folder, "libtcdb_async.so.0")
    subprocess.run(["cc", "-shared", "-fPIC", "-Wl,-soname,libtcdb_async.so.0", "-o", target, source], check=True)
    return folder


def build(language):
    """Builds one example. Returns None, or what went wrong."""
    os.makedirs(os.path.join(BUILT, language.folder), exist_ok=True)
    environment = dict(os.environ, LD_LIBRARY_PATH=LIBRARY, **language.environment)
    os.makedirs(environment.get("HOME", BUILT), exist_ok=True)
    for command in language.build:
        done = subprocess.run(command, cwd=os.path.join(HERE, language.folder), env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            return f"build: {' '.join(command)}: exit code {done.returncode}\n{done.stdout}"
    return None


def complaint(language, question, server, library):
    """Asks one question. Returns None if the answer is right, else what is wrong with it."""
    count_file = os.path.join(BUILT, language.folder, "live_objects")
    environment = {**server.environment(), **language.environment, **question.environment, "LD_LIBRARY_PATH": library,
                   "TCDB_LIVE_OBJECTS_FILE": count_file}
    environment = {name: value for name, value in environment.items() if value is not None}
    if os.path.exists(count_file):
        os.remove(count_file)
    arguments = [argument.replace("{language}", language.folder) for argument in question.arguments]
    process = processes.start(language.run + arguments, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        if question.interrupt:
            interrupt(process, server, arguments[0])
        longest = min(timing.limit(INTERRUPT_SECONDS), MOST_INTERRUPT_SECONDS) if question.interrupt else SECONDS
        stdout, stderr = process.communicate(timeout=longest)
    except subprocess.TimeoutExpired:
        return f"not ended after {longest:.0f} s"
    finally:
        processes.end(process)
    seen = f"exit code {process.returncode}, stdout {stdout[:300]!r}, stderr {stderr[:600]!r}"
    if process.returncode != question.exit_code:
        return f"exit code {question.exit_code} expected: {seen}"
    if not re.fullmatch(question.stdout, stdout):
        return f"another standard output expected: {seen}"
    if not re.fullmatch(question.stderr, stderr):
        return f"another standard error expected: {seen}"
    return left_over(count_file) if question.makes_objects else None


def interrupt(process, server, async_request_id):
    """Sends SIGINT some time after the first request came."""
    end = time.monotonic() + SECONDS
    while not server.command(questions=async_request_id)["questions"] and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)


def left_over(count_file):
    """What an example has not freed; None: nothing."""
    try:
        with open(count_file) as file:
            count = file.read().strip()
    except FileNotFoundError:
        return "the count of live objects was not written"
    return None if count == "0" else f"{count} objects of the library not freed"


def library_of(question, other_abi):
    """The folder in which the library is looked for."""
    if question is OTHER_ABI:
        return other_abi
    return os.path.join(BUILT, "no_library") if question in (NO_LIBRARY, NO_LIBRARY_LINKED) else LIBRARY


def version_of(language):
    environment = dict(os.environ, **language.environment)
    text = subprocess.run(language.version, env=environment, capture_output=True, text=True).stdout
    found = re.search(r"\d+(\.\d+)+[^\s,]*(, .*)?", text)
    return found[0].strip() if found else "unknown"


def check(language, server, other_abi):
    """Returns a row of the table: tool and version, how many passed, complaints, reason of a skip."""
    missing = language.missing()
    if missing:
        return "", 0, [], f"{language.name}: {missing} is missing"
    trouble = build(language)
    if trouble:
        return "", 0, [trouble], None
    passed, complaints = 0, []
    for question in questions(language):
        wrong = complaint(language, question, server, library_of(question, other_abi))
        if wrong:
            complaints.append(f"{question.name}: {wrong}")
        else:
            passed += 1
    version = version_of(language)
    others = [gap_in_readme(language, version), *([printed.complaint(language)] if language.is_linked else [])]
    complaints += [other for other in others if other]
    return version, passed + others.count(None), complaints, None


def main():
    processes.interruptible()
    os.chdir(ROOT)
    wanted = [language for language in LANGUAGES if not sys.argv[1:] or language.folder in sys.argv[1:]]
    os.makedirs(os.path.join(BUILT, "home"), exist_ok=True)
    build_live_objects()
    other_abi = build_other_abi()

    def timed(language):
        started = time.monotonic()
        return *check(language, server, other_abi), time.monotonic() - started

    with Server() as server, concurrent.futures.ThreadPoolExecutor(2) as pool:
        server.command(put=tasks(wanted))
        rows = list(zip(wanted, pool.map(timed, wanted)))
    return report(rows)


def gap_in_readme(language, version):
    """What README.md does not say of a language, or its example not of itself. Another version is worth a note, not a failure."""
    text = open(os.path.join(HERE, "README.md")).read()
    rows = printed.rows(language)
    unnamed = [package for package in language.packages.split() if not re.search(rf"[`\s]{re.escape(package)}[`\s]", text)]
    # What was built by hand may be there too.
    files = glob.glob(os.path.join(HERE, language.folder, "[Qq]uery.*"))
    if not any("to copy into a " in open(path, errors="replace").read().lower() for path in files):
        return "the example does not say which part is to be copied"
    if len(rows) != 2 or unnamed:
        return f"README.md does not name {unnamed or 'it in both tables'}"
    if version not in rows[0]:
        print(f"{language.name}: run with {version}, not with what README.md says")
    return None


def report(rows):
    for language, (_, _, complaints, _, _) in rows:
        for text in complaints:
            print(f"{language.name}: {text}")
    print(f"{'language':<13}{'tool':<10}{'version':<32}{'seconds':>8}  result")
    for language, (version, passed, complaints, skip, seconds) in rows:
        result = "skipped" if skip else f"{passed} passed, {len(complaints)} failed"
        print(f"{language.name:<13}{language.tools[0]:<10}{version[:31]:<32}{seconds:>8.1f}  {result}")
    passed, failed = (sum(row[1] for _, row in rows), sum(len(row[2]) for _, row in rows))
    skips = [row[3] for _, row in rows if row[3]]
    print(f"{passed} passed, {failed} failed")
    if skips:
        # At the start of a line this is a skip to the runner, which must not hide a failure.
        print(("also " if failed else "") + "skipped: " + "; ".join(skips))
    return 1 if failed else SKIP if skips else 0


if __name__ == "__main__":
    sys.exit(main())
