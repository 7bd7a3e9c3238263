#!/usr/bin/env python3
"""Writes docs/platforms.md's table from what the runs left in target/platforms/results: table.py; `--check` compares.

A platform that has not been run here keeps its row: what this machine has seen is compared, nothing else.
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from targets import NOT_RUN, PLATFORMS, REPOSITORY, RESULTS  # noqa: E402

PAGE = os.path.join(REPOSITORY, "docs", "platforms.md")
BEGIN, END = "<!-- made by `make platforms-table` -->", "<!-- end -->"
HEAD = ["| platform | target | built | C and C++ programs | Rust tests | how they run | left out |", "| --- | --- | --- | --- | --- | --- | --- |"]


def counted(rows):
    """Sums over rows of what passed, and of all that were run."""
    passed = sum(row["passed"] for row in rows.values())
    failed = sum(len(row["failed"]) for row in rows.values())
    return f"{passed}" if not failed else f"{passed} of {passed + failed}"


def row(platform, result):
    built = result.get("build")
    cells = [platform.title, f"`{platform.triple}`"]
    cells.append("no" if not built else "yes" if built["library"] else "compiles")
    for step in ("programs", "suites"):
        cells.append(counted(result[step]) if result.get(step) else "–")
    cells.append("not run" if platform.runs == NOT_RUN else platform.runs)
    left_out = sum(len(one["skipped"]) for step in ("programs", "suites") for one in result.get(step, {}).values())
    cells.append(str(left_out) if left_out else "–")
    return f"| {' | '.join(cells)} |"


def committed_rows():
    text = open(PAGE).read()
    table = text[text.index(BEGIN):text.index(END)]
    return {re.search(r"`([^`]+)`", line)[1]: line for line in table.splitlines() if line.startswith("| ") and "`" in line}


def seen_rows():
    for platform in PLATFORMS:
        path = os.path.join(RESULTS, f"{platform.name}.json")
        if os.path.exists(path):
            yield platform, row(platform, json.load(open(path)))


def write():
    rows = committed_rows() | {platform.triple: line for platform, line in seen_rows()}
    table = [BEGIN, *HEAD, *(rows[platform.triple] for platform in PLATFORMS if platform.triple in rows), END]
    text = open(PAGE).read()
    before, after = text[:text.index(BEGIN)], text[text.index(END) + len(END):]
    with open(PAGE, "w") as file:
        file.write(before + "\n".join(table) + after)


def check():
    """Built, run and left out must be what the page says; so must no fewer tests pass."""
    committed = committed_rows()
    numbers = lambda line: [int(n) for n in re.findall(r"\| (\d+)(?: of \d+)? (?=\|)", line)][:2]  # noqa: E731
    wrong = []
    for platform, line in seen_rows():
        known = committed.get(platform.triple, "")
        same_words = [re.sub(r"\d+", "N", cell) for cell in line.split("|")] == [re.sub(r"\d+", "N", cell) for cell in known.split("|")]
        fewer = [new for new, old in zip(numbers(line), numbers(known)) if new < old]
        if not same_words or fewer:
            wrong.append(f"page: {known}\nseen: {line}")
    print("\n".join(wrong))
    print(f"{len(list(seen_rows())) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv else write())
