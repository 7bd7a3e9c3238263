#!/usr/bin/env python3
"""Runs checks (make targets named check-NAME), one after another, and counts.

    python3 tests/run.py [--counted CHECK,CHECK] [--second-lane CHECK,CHECK [--either-lane CHECK,CHECK]]
                         [VARIABLE=VALUE...] CHECK...

Variables go to make: BUILD=asan runs the checks of another build. With --counted the other checks are run for what they
bring about alone: under valgrind, say, where what depends on time fails, and the reports are the result. The checks that
--second-lane names run one after another, too, at a lower priority and at the same time as the others: those that compile
for minutes, measure no time, and build in folders of their own. Behind them it runs those of --either-lane, of which the first
lane takes the last ones, once it has no others. A machine with one core has one lane.

A check passes by exit code 0. Exit code 77 is a skip; its last line says why. Where a check prints counts of its own
("test result: ok. 3 passed; 0 failed", or a line "3 passed, 0 failed"), those are counted, else the check is one.
A check that takes longer than LIMIT is ended and counts as a failure, as does a process that a check leaves behind. The last
line is the sum.

With CI set, a skip counts as a failure unless its reason begins with "machine:", and a check that fails is run once more: a
machine that stalls for a second must not cost a run of an hour. One that passes then is named as unsteady at the end, with
what it said first, and is a fault to look for.
"""
import argparse
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import processes

LOGS = os.path.join("target", "checks")
COUNTS = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed|^(?:\w+: )?(\d+) passed, (\d+) failed", re.M)
SLOWEST = 8
# Of a failed check, repeated at the end: only the end of a long log is always kept.
LAST_LINES = 12
# Seconds for one check: twice what the slowest takes on a busy machine. A check that hangs costs its own result, not the
# results of all that follow.
LIMIT = int(os.environ.get("TCDB_CHECK_LIMIT", "1200"))
# What ends by itself within this time was not left behind.
GRACE = 3
PR_SET_CHILD_SUBREAPER = 36
# How much lower the second lane's priority is: the checks of the first one sleep and measure. With 10 it got no processor time
# while two other builds ran.
LOWER_PRIORITY = 5
# The process ids of other lanes, which no check has left behind.
lanes = set()


def adopt_orphans():
    """On Linux what a check leaves behind becomes a child of this process, whatever process group it is in."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def all_processes():
    """{process id: (its parent's, its state, its command line)}, where the system shows them."""
    found = {}
    for name in os.listdir("/proc") if sys.platform == "linux" else []:
        try:
            if not name.isdigit():
                continue
            with open(f"/proc/{name}/stat") as file:
                state, parent = file.read().rsplit(")", 1)[1].split()[:2]
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
            found[int(name)] = int(parent), state, line
        except (OSError, ValueError):  # it has ended meanwhile
            pass
    return found


def children():
    """{process id: command line} of this process's children."""
    found = {}
    for process, (parent, state, line) in all_processes().items():
        if parent != os.getpid() or process in lanes:
            continue
        if state == "Z":
            try:
                os.waitpid(process, 0)
            except ChildProcessError:
                pass
        else:
            found[process] = line
    return found


def descendants(ancestor):
    """The command lines of what a process has started, and of what those have."""
    every, lines, ids = all_processes(), [], {ancestor}
    while more := [process for process, (parent, _, _) in every.items() if parent in ids and process not in ids]:
        lines += [every[process][2] for process in more]
        ids.update(more)
    return lines


def left_behind():
    """Kills what a check has left behind; the command lines."""
    end = time.monotonic() + GRACE
    while children() and time.monotonic() < end:
        time.sleep(0.05)
    lines = set()
    # Killing one may leave its own children behind.
    while left := children():
        lines.update(left.values())
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    return sorted(lines)


def run(check, variables, last_words, is_counted=True):
    """Runs one check and returns (passed, failed, reason of a skip or None). The end of what a failed one printed goes to `last_words`."""
    log = log_of(check, variables)
    started = time.monotonic()
    print(f"{check} ...", flush=True)
    with open(log, "w") as out:
        command = [os.environ.get("MAKE", "make"), "--no-print-directory", check, *variables]
        process = processes.start(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        hung = []
        try:
            code = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            hung, code = descendants(process.pid), f"did not finish within {LIMIT} s"
            processes.end(process)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            processes.end(process)
            left_behind()
            raise
    left = left_behind()
    if hung:  # they are named already
        left = []
    processes.end(process)
    with open(log, errors="replace") as file:
        text = file.read()
    took = time.monotonic() - started
    # make turns every failure into 2, so a skip is known by its line.
    skipped = re.search(r"^skipped: (.*)$", text, re.M) if code else None
    if skipped and not left:
        print(f"{check}: skipped ({took:.0f} s): {skipped[1]}")
        return 0, 0, skipped[1]
    counts = [tuple(int(n) for n in found if n) for found in COUNTS.findall(text)]
    passed, failed = (sum(c[0] for c in counts), sum(c[1] for c in counts)) if counts else (1, 0)
    if code and not failed:
        passed, failed = max(passed - 1, 0), 1
    if not is_counted:
        print(f"{check}: has run ({took:.0f} s)", flush=True)
        return 0, 0, None
    failed += len(left)
    print(f"{check}: {passed} passed, {failed} failed ({took:.0f} s)" if failed else f"{check}: ok, {passed} ({took:.0f} s)", flush=True)
    if code:
        print("\n".join("    " + line for line in text.splitlines()[-60:]))
    if failed:
        last_words[check] = named_failures(text) + [line for line in text.splitlines() if line.strip()][-LAST_LINES:]
    if isinstance(code, str):
        print(f"FAILED: {check} {code}; still running: {'; '.join(hung)}")
    for line in left:
        print(f"FAILED: {check} left a process behind: {line}")
    return passed, failed, None


def log_of(check, variables):
    build = "".join("." + word.partition("=")[2] for word in variables if word.startswith("BUILD="))
    return os.path.join(LOGS, f"{check}{build}.log")


def keep_first_log(check, variables):
    log = log_of(check, variables)
    os.replace(log, log.removesuffix(".log") + ".first.log")


def named_failures(text):
    """Which tests failed and by what, of unittest and of cargo: other tests' output may come behind it."""
    return re.findall(r"^(?:(?:FAIL|ERROR): .*|\w*Error: .*|test \S+ \.\.\. FAILED)$", text, re.M)[:LAST_LINES]


def unclaimed(checks, claims):
    """Of the checks those that no other lane has begun; each is this lane's once it is given."""
    for check in checks:
        try:
            open(os.path.join(claims, check), "x").close()
        except FileExistsError:
            continue
        yield check


def run_all(checks, variables, counted=None):
    """Runs checks one after another. What there is to report, as plain data."""
    found = {"passed": 0, "failed": 0, "skips": [], "times": [], "FAILED": {}, "unsteady": {}}
    for check in checks:
        started = time.monotonic()
        is_counted = not counted or check in counted
        passed, failed, reason = run(check, variables, found["FAILED"], is_counted)
        if failed and os.environ.get("CI"):
            first = found["FAILED"].pop(check)
            keep_first_log(check, variables)
            passed, failed, reason = run(check, variables, found["FAILED"], is_counted)
            if not failed:
                found["unsteady"][check] = first
        found["times"].append([time.monotonic() - started, check])
        found["passed"] += passed
        found["failed"] += failed
        if reason:
            found["skips"].append([check, reason])
            if os.environ.get("CI") and not reason.startswith("machine:"):
                found["failed"] += 1
    return found


class SecondLane:
    """Checks that run at the same time, by another process: what a check leaves behind belongs to one lane."""

    def __init__(self, checks, variables, counted, claims):
        self.results = tempfile.NamedTemporaryFile(mode="r", suffix=".json")
        options = ["--results", self.results.name, "--claims", claims, *(["--counted", ",".join(counted)] if counted else [])]
        self.process = processes.start([sys.executable, __file__, *options, *variables, *checks])
        lanes.add(self.process.pid)

    def finish(self):
        """Waits for its end; what it has to report."""
        self.process.wait()
        try:
            return json.load(self.results)
        except ValueError:
            line = f"the second lane ended by exit code {self.process.returncode} and has no results"
            return {"passed": 0, "failed": 1, "skips": [], "times": [], "FAILED": {"second lane": [line]}, "unsteady": {}}

    def end(self):
        """Ends it with its checks where it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2 * GRACE)
            except subprocess.TimeoutExpired:
                pass
        processes.end(self.process)
        lanes.discard(self.process.pid)
        left_behind()


def run_in_lanes(given):
    """Runs the checks, those of the second lane at the same time as the others. The reports of both together."""
    second, either = given.second_lane, given.either_lane
    first = [check for check in given.checks if check not in second + either]
    if not second or (os.cpu_count() or 1) < 2:
        return run_all(given.checks, given.variables, given.counted)
    with tempfile.TemporaryDirectory() as claims:
        lane = SecondLane(second + either, given.variables, given.counted, claims)
        try:
            mine = unclaimed(first + either[::-1], claims)
            found, other = run_all(mine, given.variables, given.counted), lane.finish()
        finally:
            lane.end()
    for name, value in other.items():
        found[name] = {**found[name], **value} if isinstance(value, dict) else found[name] + value
    return found


def report(found):
    for heading in ("unsteady", "FAILED"):
        for check, lines in found[heading].items():
            print(f"{heading}: {check}", *("    " + line for line in lines), sep="\n")
    for check, reason in found["skips"]:
        print(f"skipped: {check}: {reason}")
    print("slowest: " + ", ".join(f"{check} {took:.0f} s" for took, check in sorted(found["times"], reverse=True)[:SLOWEST]))
    print(f"{found['passed']} passed, {found['failed']} failed")


def arguments():
    def names(word):
        return word.split(",")
    parser = argparse.ArgumentParser(description="Runs checks and counts.")
    parser.add_argument("--counted", type=names)
    parser.add_argument("--second-lane", type=names, default=[])
    parser.add_argument("--either-lane", type=names, default=[])
    parser.add_argument("--results", help=argparse.SUPPRESS)
    parser.add_argument("--claims", help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="+", metavar="CHECK or VARIABLE=VALUE")
    given = parser.parse_args()
    given.checks = [word for word in given.words if "=" not in word]
    given.variables = [word for word in given.words if "=" in word]
    for option, named in ("--second-lane", given.second_lane), ("--either-lane", given.either_lane):
        if unknown := set(named) - set(given.checks):
            parser.error(f"{option} names checks that are not run: {', '.join(sorted(unknown))}")
    return given


def main():
    given = arguments()
    sys.stdout.reconfigure(line_buffering=True)  # two lanes print
    processes.interruptible()
    adopt_orphans()
    os.makedirs(LOGS, exist_ok=True)
    if given.results:
        os.nice(LOWER_PRIORITY)
        found = run_all(unclaimed(given.checks, given.claims), given.variables, given.counted)
        with open(given.results, "w") as file:
            json.dump(found, file)
        return 0
    found = run_in_lanes(given)
    report(found)
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
