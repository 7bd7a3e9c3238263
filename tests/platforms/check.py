#!/usr/bin/env python3
"""Builds and tests platforms: check.py build|release|programs|c|instructions|compile|suites|all PLATFORM...; "bounded", "shipped",
"every", "other-linux" and "other-systems" name sets.

build: the library without optimisation; where no program of the platform can run, also what must hold of the file. release: the
library as it is shipped, and what must hold of the file. programs: C and C++ programs, with the shipped library where there is
one. instructions: what a query takes of the processor. suites: the Rust tests, built and run. Several steps:
release,programs,suites. No part of "all" are two of minutes: c, of the programs those that are compiled at once; compile, of the
Rust tests what the compiler says.
check.py msrv: whether everything compiles with the declared minimum Rust.
check.py tool PLATFORM FILE: tcdb alone, as it is shipped, into a file.

Each run leaves what it has seen in target/platforms/results/PLATFORM.json, from which docs/platforms.md is made; with --forget
none does, for the page is about what is shipped.
"""
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import instructions  # noqa: E402
import programs  # noqa: E402
import shipped  # noqa: E402
import suites  # noqa: E402
import tools  # noqa: E402
from build import Failed, build, check_minimum, compile_suites, release  # noqa: E402
from results import keep, seen  # noqa: E402
from targets import BOUNDED, BY_NAME, NOT_RUN, OTHER_LINUX, OTHER_SYSTEMS, REPOSITORY, SHIPPED  # noqa: E402

ALL_STEPS = ("build", "release", "programs", "instructions", "suites")
STEPS = (*ALL_STEPS, "c", "compile")
BUILDS = {"build": build, "release": release}


def built_of(platform, result):
    """What is shipped is what programs are linked to, where it was built."""
    built = result.get("release") or result.get("build")
    if not built:
        raise Failed(f"these sources have not been built: check.py build {platform.name}")
    return built


def rows_of(step, platform, result):
    """(name, row) of each thing that a step runs, as it is known."""
    if step in BUILDS:
        built = result[step] = BUILDS[step](platform)
        print(f"{platform.name}: {step} took {built['seconds']} s", flush=True)
        if step == "release":
            yield "the library and the tool", shipped.check(platform, built)
        elif platform.runs == NOT_RUN and built["library"]:
            yield "the library", shipped.check_linked(platform, built["library"])
    elif step == "programs":
        yield from programs.run(platform, built_of(platform, result), result.get("build"))
    elif step == "c":
        yield from programs.in_c(platform, built_of(platform, result)["library"])
    elif step == "compile":
        compile_suites(platform)
        yield "the Rust tests compile", {"passed": 1, "failed": [], "skipped": {}}
    elif step == "instructions":
        result[step] = instructions.measure(platform, built_of(platform, result))
        print(f"{platform.name}: instructions: {result[step]}", flush=True)
    else:
        yield from suites.run(platform)


def report(platform, rows):
    """The rows by name, and the number of what failed."""
    outcome = {}
    for name, row in rows:
        outcome[name] = row
        left_out = f", {len(row['skipped'])} left out" if row["skipped"] else ""
        print(f"{platform.name}: {name}: {row['passed']} passed, {len(row['failed'])} failed{left_out}")
        for what in row["failed"]:
            print(f"  FAILED {what}")
        for what, why in row["skipped"].items():
            print(f"  left out: {what}: {why}")
        sys.stdout.flush()
    return outcome, sum(len(row["failed"]) for row in outcome.values())


def run_step(step, platform, result):
    """The number of what passed and of what failed."""
    outcome, failed = report(platform, rows_of(step, platform, result))
    passed = sum(row["passed"] for row in outcome.values())
    if step in BUILDS:
        result[step]["rows"] = outcome
        passed += 1
    elif outcome:
        result[step] = outcome
    return passed, failed


def check(steps, platforms, is_kept):
    passed = failed = 0
    for platform in platforms:
        result = seen(platform) if is_kept else {}
        for step in steps:
            if step not in platform.steps:
                continue
            try:
                good, bad = run_step(step, platform, result)
            except Failed as failure:
                print(f"{platform.name}: {step} FAILED\n{failure}", flush=True)
                good, bad = 0, 1
                result.pop(step, None)
            passed, failed = passed + good, failed + bad
            is_unusable = bad and step in BUILDS
            if is_unusable:
                result.pop(step, None)
            if is_kept:
                keep(platform, step, result.get(step))
            if is_unusable:
                break
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def msrv():
    """The declared minimum is Debian's compiler, and what is here compiles with it."""
    declared = re.search(r'^rust-version = "(.*)"', open(os.path.join(REPOSITORY, "Cargo.toml")).read(), re.M)[1]
    if not tools.RUST.startswith(declared + "."):
        print(f"FAILED: Cargo.toml declares {declared}, the check has {tools.RUST}")
        return 1

    def compile_all():
        tools.install_rust()
        platform = narrowest()
        check_minimum(platform)
        return f"compiles with Rust {declared} for {platform.title}"
    return reported(compile_all, f"with Rust {declared}\n")


def narrowest():
    """32 bits, where the standard library for them can be had: one compilation shows both, the minimum and the width."""
    try:
        tools.install_rust_of_32_bits()
        return BY_NAME["linux-i686"]
    except tools.Missing as reason:
        print(f"note: for 64 bits alone: {str(reason).splitlines()[-1]}")
        return BY_NAME["linux-x86_64"]


def tool_alone(name, file):
    """For whoever wants the program and nothing else."""
    def make():
        tools.install()
        made = release(BY_NAME[name])["tool"]
        os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)
        shutil.copy(made, file)
        return file
    return reported(make)


def reported(work, what=""):
    """The exit code of a piece of work, which returns what it has shown."""
    try:
        print(f"ok: {work()}")
        return 0
    except tools.Missing as reason:
        return lacking(reason)
    except Failed as failure:
        print(f"FAILED: {what}{failure}")
        return 1


def lacking(reason):
    print(f"skipped: machine: {str(reason).splitlines()[-1]}")
    return 77


def main(step, *words):
    if step == "msrv":
        return msrv()
    if step == "tool" and len(words) == 2 and words[0] in BY_NAME:
        return tool_alone(*words)
    is_kept = step != "--forget"
    if not is_kept:
        step, *words = words or [""]
    sets = {"every": list(BY_NAME), "bounded": BOUNDED, "shipped": SHIPPED, "other-linux": OTHER_LINUX, "other-systems": OTHER_SYSTEMS}
    names = [name for word in words for name in sets.get(word, [word])]
    unknown = [name for name in names if name not in BY_NAME]
    steps = ALL_STEPS if step == "all" else step.split(",")
    if not names or unknown or not set(steps) <= set(STEPS):
        print(f"check.py msrv, or check.py [--forget] {'|'.join(STEPS)}|all PLATFORM...; platforms: {' '.join([*BY_NAME, *sets])}", file=sys.stderr)
        return 2
    try:
        tools.install()
    except tools.Missing as reason:
        return lacking(reason)
    return check(steps, [BY_NAME[name] for name in names], is_kept)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or [""]))
