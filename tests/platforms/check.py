#!/usr/bin/env python3
"""Builds and tests platforms: check.py build|programs|suites|all PLATFORM...; "bounded" and "every" name sets of them.
check.py msrv: whether everything compiles with the declared minimum Rust.

Each run leaves what it has seen in target/platforms/results/PLATFORM.json, from which docs/platforms.md is made.
"""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import programs  # noqa: E402
import suites  # noqa: E402
import tools  # noqa: E402
from build import Failed, build, check_minimum  # noqa: E402
from targets import BOUNDED, BY_NAME, REPOSITORY, RESULTS  # noqa: E402

STEPS = ("build", "programs", "suites")


def commit():
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True)
    return asked.stdout.strip() or "unknown"


def seen(platform):
    path = os.path.join(RESULTS, f"{platform.name}.json")
    return json.load(open(path)) if os.path.exists(path) else {}


def keep(platform, result):
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, f"{platform.name}.json"), "w") as file:
        json.dump(result, file, indent=1)


def run_step(step, platform, result):
    """The number of what passed and of what failed."""
    if step == "build":
        result["build"] = build(platform)
        print(f"{platform.name}: built in {result['build']['seconds']} s", flush=True)
        return 1, 0
    run = {"programs": programs, "suites": suites}[step].run
    outcome = run(platform, result["build"])
    result[step] = outcome
    for name, row in outcome.items():
        print(f"{platform.name}: {name}: {row['passed']} passed, {len(row['failed'])} failed"
              + (f", {len(row['skipped'])} left out" if row["skipped"] else ""))
        for what in row["failed"]:
            print(f"  FAILED {what}")
        for what, why in row["skipped"].items():
            print(f"  left out: {what}: {why}")
    return sum(row["passed"] for row in outcome.values()), sum(len(row["failed"]) for row in outcome.values())


def check(steps, platforms):
    passed = failed = 0
    for platform in platforms:
        result = seen(platform) | {"commit": commit()}
        for step in steps:
            if step != "build" and not platform.runs or step == "suites" and not platform.has_suites:
                continue
            try:
                good, bad = run_step(step, platform, result)
            except Failed as failure:
                print(f"{platform.name}: {step} FAILED\n{failure}", flush=True)
                good, bad = 0, 1
                result.pop(step, None)
            passed, failed = passed + good, failed + bad
            keep(platform, result)
            if bad and step == "build":
                break
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def msrv():
    """The declared minimum is Debian's compiler, and what is here compiles with it."""
    declared = re.search(r'^rust-version = "(.*)"', open(os.path.join(REPOSITORY, "Cargo.toml")).read(), re.M)[1]
    if not tools.RUST.startswith(declared + "."):
        print(f"FAILED: Cargo.toml declares {declared}, the check has {tools.RUST}")
        return 1
    try:
        tools.install_rust()
        check_minimum(BY_NAME["linux-x86_64"])
    except tools.Missing as reason:
        print(f"skipped: machine: {str(reason).splitlines()[-1]}")
        return 77
    except Failed as failure:
        print(f"FAILED: with Rust {declared}\n{failure}")
        return 1
    print(f"ok: compiles with Rust {declared}")
    return 0


def main(step, *names):
    if step == "msrv":
        return msrv()
    sets = {"every": list(BY_NAME), "bounded": BOUNDED}
    names = [name for word in names for name in sets.get(word, [word])]
    unknown = [name for name in names if name not in BY_NAME]
    if not names or unknown or step not in (*STEPS, "all"):
        print(f"check.py msrv, or check.py {'|'.join(STEPS)}|all PLATFORM...; platforms: {' '.join(BY_NAME)} bounded every", file=sys.stderr)
        return 2
    try:
        tools.install()
    except tools.Missing as reason:
        print(f"skipped: machine: {str(reason).splitlines()[-1]}")
        return 77
    return check(STEPS if step == "all" else [step], [BY_NAME[name] for name in names])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or [""]))
