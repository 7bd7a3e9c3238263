#!/usr/bin/env python3
"""Runs the fuzz targets that Cargo.toml names, each from its seeds, for a number of seconds or of executions, and reports
how many executions there were. What is found stays in target/corpus and makes the next run start there.

usage: run.py FOLDER-OF-PROGRAMS --seconds N | --runs TARGET=N ... [--log FILE]

A number of executions is reached in parts, each of which is printed, and logged, as it ends: a long run that is stopped has
counted what it did.
"""
import os
import re
import subprocess
import sys

import corpora

HERE = os.path.dirname(os.path.abspath(__file__))
# An input that takes longer, or more memory, is a finding.
BOUNDS = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=16384", "-print_final_stats=1", "-verbosity=0", "-print_funcs=0",
          # Where cryptography is instrumented, libFuzzer's account of rare features takes three times as long as what it accounts for.
          "-entropic=0"]

# Executions of a target; fewer show nothing.
LEAST = 100
# Of a long run.
PARTS = 20


def targets():
    return re.findall(r'^\[\[bin\]\]\nname = "(\w+)"', open(os.path.join(HERE, "Cargo.toml")).read(), re.M)


def uncalled():
    """Functions of the header that no target calls: a new one has to get its row in fuzz_targets/calls.rs."""
    header = open(os.path.join(os.path.dirname(HERE), "include", "tcdb_async.h")).read()
    functions = re.findall(r"TCDB_API[^;(#]*?(tcdb_\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.S))
    sources = [os.path.join(folder, name) for folder in ("fuzz_targets", "src") for name in os.listdir(os.path.join(HERE, folder))]
    called = "".join(open(path if os.path.isabs(path) else os.path.join(HERE, path)).read() for path in sources)
    return [name for name in functions if not re.search(rf"\b{name}\(", called)], len(functions)


def run(programs, name, limit):
    """Runs one target, on a busy machine for longer than its seconds; returns (executions, new inputs, failure or None)."""
    executions, new, failure = run_once(programs, name, limit)
    if not failure and executions < LEAST:
        more, newer, failure = run_once(programs, name, f"-runs={LEAST}")
        executions, new = executions + more, new + newer
    return executions, new, failure


def run_once(programs, name, limit):
    if not os.path.isdir(corpora.seeds(name)):
        return 0, 0, "has no seeds in fuzz/seeds"
    findings = os.path.join(corpora.TARGET, "findings", name + "-")
    os.makedirs(os.path.dirname(findings), exist_ok=True)
    program = os.path.join(programs, name)
    command = [program, *BOUNDS, limit, "-artifact_prefix=" + findings, corpora.folder(name), corpora.seeds(name)]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                         env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=1"})
    stats = dict(re.findall(r"^stat::(\w+):\s+(\d+)", ran.stdout, re.M))
    failure = None if ran.returncode == 0 else ran.stdout[-6000:]
    return int(stats.get("number_of_executed_units", 0)), int(stats.get("new_units_added", 0)), failure


def main():
    programs, mode, *rest = sys.argv[1:]
    log = open(rest[rest.index("--log") + 1], "a") if "--log" in rest else None
    if mode == "--seconds":
        limits = [(name, f"-max_total_time={int(rest[0])}") for name in targets()]
    else:
        wanted = dict(pair.split("=") for pair in rest if "=" in pair)
        limits = [(name, f"-runs={int(wanted[name]) // PARTS + 1}") for name in targets() if name in wanted for _ in range(PARTS)]
    total, failed = 0, set()
    for name, limit in limits:
        executions, new, failure = run(programs, name, limit)
        if not failure and executions < LEAST:
            failure = f"only {executions} executions"
        total += executions
        line = f"{name}: {executions} executions, {new} new inputs" + (", FAILED" if failure else "")
        print(line, flush=True)
        if log:
            print(line, file=log, flush=True)
        if failure:
            failed.add(name)
            print(failure)
    print(f"{total} executions in all")
    missing, functions = uncalled()
    for name in missing:
        print(f"FAILED: no fuzz target calls {name}")
    # A target counts once, in however many parts it runs.
    ran = {name for name, _ in limits}
    print(f"{len(ran - failed) + functions - len(missing)} passed, {len(failed) + len(missing)} failed")
    return 1 if failed or missing or not limits or functions < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
