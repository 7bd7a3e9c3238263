"""The Rust tests of a platform, as executables: which passed, which failed, which were left out and why."""
import os
import re
import subprocess

import left_out
from build import build_suites, environment
from targets import ENTER, NATIVE, REPOSITORY

LINE = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored.*)$", re.M)


def ran(platform, executable, arguments):
    made = {**environment(platform), "RUST_BACKTRACE": "0"}
    if platform.runs != NATIVE:
        # Everything takes longer there, above all a handshake: tests that give a phase its time give it more.
        made["TCDB_TEST_SLOWNESS"] = "4"
    for name in [name for name in made if name.startswith(("TENCENTCLOUD_", "TCCLI_")) or name.lower().endswith("_proxy")]:
        made.pop(name)
    where = os.path.join(REPOSITORY, "tests/mock-server") if "mock_server" in executable else REPOSITORY
    try:
        done = subprocess.run([ENTER, executable, *arguments], cwd=where, env=made, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=1500)
        return done.stdout, done.returncode
    except subprocess.TimeoutExpired as hung:
        return (hung.stdout or b"").decode(errors="replace"), "timed out"


def run_suite(platform, executable):
    skipped = left_out.of_suites(platform)
    skip = [word for name in skipped for word in ("--skip", name)]
    text, code = ran(platform, executable, ["--test-threads=2", "--exact", *skip])
    outcomes = dict(LINE.findall(text))
    failed = [name for name, outcome in outcomes.items() if outcome == "FAILED"]
    # A machine that others use, too: what passes alone has passed.
    again = {name: ran(platform, executable, ["--exact", name])[1] == 0 for name in failed[:30]}
    still = [name for name in failed if not again.get(name)]
    if code != 0 and not failed:
        still.append(f"exit {code}: " + " / ".join(text.splitlines()[-4:]))
    for name in still:
        shown = re.search(rf"^---- {re.escape(name)} stdout ----\n(.*?)(?=^---- |^failures:)", text, re.M | re.S)
        print("\n".join((shown[1] if shown else "").splitlines()[:12]))
    names, _ = ran(platform, executable, ["--list"])
    here = {name: why for name, why in skipped.items() if f"{name}: test" in names}
    passed = sum(outcome == "ok" for outcome in outcomes.values()) + sum(again.values())
    return {"passed": passed, "failed": still, "skipped": here, "alone": sum(again.values())}


def run(platform):
    for name, executable in build_suites(platform).items():
        yield name, run_suite(platform, executable)
