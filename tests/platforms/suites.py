"""The Rust tests of a platform, as executables: which passed, which failed, which were left out and why."""
import os
import re

import left_out
import running
from build import build_suites, environment
from targets import NATIVE, QEMU, REPOSITORY

# In seconds: an emulator takes many minutes for what takes one.
LONGEST = 1500
# More than these are a fault of all, and each takes its time.
MOST_AGAIN = 30
TESTS_FAILED = 101
LINE = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored.*)$", re.M)


def ran(platform, command):
    """Output and exit code of the tests' own program, whose name is in the command."""
    made = {**environment(platform), "RUST_BACKTRACE": "0"}
    for name in [name for name in made if name.startswith(("TENCENTCLOUD_", "TCCLI_")) or name.lower().endswith("_proxy")]:
        made.pop(name)
    is_mock_server = any("tcdb_mock_server" in word for word in command)
    where = os.path.join(REPOSITORY, "tests/mock-server") if is_mock_server else REPOSITORY
    done = running.ran(platform, command, LONGEST, made, where)
    return done.stdout, done.returncode


def printed_by(name, text):
    """What a test that failed has printed."""
    found = re.search(rf"^---- {re.escape(name)} stdout ----\n(.*?)(?=^---- |^failures:)", text, re.M | re.S)
    return found[1] if found else text[-1000:]


def threads(platform, name):
    """How many tests run at once. Unit tests fork: where another thread is amid qemu's own work, the child waits for it for ever."""
    return 1 if platform.runs == QEMU and "(unit)" in name else 2


def run_suite(platform, name, executable):
    skipped = left_out.of_suites(platform)
    skip = [word for name in skipped for word in ("--skip", name)]
    plain = ["--plain"] if platform.runs == NATIVE else []
    text, code = ran(platform, [*plain, executable, f"--test-threads={threads(platform, name)}", "--exact", *skip])
    outcomes = dict(LINE.findall(text))
    failed = [name for name, outcome in outcomes.items() if outcome == "FAILED"]
    # A machine that others use, too: what passes alone has passed.
    again = {name: ran(platform, [*plain, executable, "--exact", name]) for name in failed[:MOST_AGAIN]}
    mended = [name for name, (_, code_alone) in again.items() if code_alone == 0]
    still = [name for name in failed if name not in mended]
    # The tests' own exit code says that some failed, and nothing else.
    if code != (TESTS_FAILED if failed else 0):
        still.append(f"exit {code}: " + " / ".join(text.splitlines()[-4:]))
    for name in still:
        shown = printed_by(name, again[name][0] if name in again else text)
        print("\n".join(shown.splitlines()[:12]), flush=True)
    names, _ = ran(platform, [executable, "--list"])
    here = {name: why for name, why in skipped.items() if f"{name}: test" in names}
    passed = sum(outcome == "ok" for outcome in outcomes.values()) + len(mended)
    return {"passed": passed, "failed": still, "skipped": here, "alone": len(mended)}


def run(platform):
    for name, executable in build_suites(platform).items():
        yield name, run_suite(platform, name, executable)
