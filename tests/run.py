#!/usr/bin/env python3
"""Runs checks (make targets named check-NAME), one after another, and counts.

A check passes by exit code 0. Exit code 77 is a skip; its last line says why. Where a check prints counts of its own
("test result: ok. 3 passed; 0 failed", or a line "3 passed, 0 failed"), those are counted, else the check is one.
The last line is the sum. With CI set, a skip counts as a failure unless its reason begins with "machine:".
"""
import os
import re
import subprocess
import sys
import time

LOGS = os.path.join("target", "checks")
COUNTS = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed|^(?:\w+: )?(\d+) passed, (\d+) failed", re.M)
SKIP = 77


def run(check):
    """Runs one check and returns (passed, failed, reason of a skip or None)."""
    log = os.path.join(LOGS, check + ".log")
    started = time.monotonic()
    print(f"{check} ...", flush=True)
    with open(log, "w") as out:
        command = [os.environ.get("MAKE", "make"), "--no-print-directory", check]
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    text = open(log, errors="replace").read()
    took = time.monotonic() - started
    # make turns every failure into 2, so a skip is known by its line.
    skipped = re.search(r"^skipped: (.*)$", text, re.M) if code else None
    if skipped:
        print(f"{check}: skipped ({took:.0f} s): {skipped[1]}")
        return 0, 0, skipped[1]
    counts = [tuple(int(n) for n in found if n) for found in COUNTS.findall(text)]
    passed, failed = (sum(c[0] for c in counts), sum(c[1] for c in counts)) if counts else (1, 0)
    if code and not failed:
        passed, failed = max(passed - 1, 0), 1
    print(f"{check}: {passed} passed, {failed} failed ({took:.0f} s)" if failed else f"{check}: ok, {passed} ({took:.0f} s)")
    if code:
        print("\n".join("    " + line for line in text.splitlines()[-60:]))
    return passed, failed, None


def main():
    os.makedirs(LOGS, exist_ok=True)
    passed = failed = 0
    skips = []
    for check in sys.argv[1:]:
        p, f, reason = run(check)
        passed, failed = passed + p, failed + f
        if reason:
            skips.append((check, reason))
            if os.environ.get("CI") and not reason.startswith("machine:"):
                failed += 1
    for check, reason in skips:
        print(f"skipped: {check}: {reason}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
