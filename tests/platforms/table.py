#!/usr/bin/env python3
"""Writes docs/platforms.md's table from what the runs left in target/platforms/results, and the READMEs' lists from the table:
table.py; `--check` compares.

A platform that has not been run here keeps its row, and the cell of its Rust tests, which names sources of its own: what this
machine has seen of these sources is compared, nothing else.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from results import seen  # noqa: E402
from targets import NOT_RUN, PLATFORMS, REPOSITORY  # noqa: E402

PAGE = os.path.join(REPOSITORY, "docs", "platforms.md")
# Each README's words for how much has run: both suites, one of them, nothing but a linker, a compiler alone.
READMES = {"README.md": ["the library's own tests, and C and C++ programs", "C and C++ programs", "built, not run",
                         "compiled, not linked"],
           "README.zh-CN.md": ["库自身的测试，以及 C 和 C++ 程序", "C 和 C++ 程序", "已构建，未运行", "已编译，未链接"]}
# What the READMEs are about anyway; their lists name the others.
PROVEN = "`x86_64-unknown-linux-gnu`"
BEGIN, END = "<!-- made by `make platforms-table` -->", "<!-- end -->"
HEAD = ["| platform | target | built | C and C++ programs | Rust tests | how they run | left out | stack | query | src |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
RUST_TESTS = 4


def counted(rows):
    """Sums over rows of what passed, and of all that were run."""
    passed = sum(row["passed"] for row in rows.values())
    failed = sum(len(row["failed"]) for row in rows.values())
    return f"{passed}" if not failed else f"{passed} of {passed + failed}"


def stack(result):
    """The most that a call took of the caller's stack, as shipped and without optimisation."""
    measured = [one["stack_kib"] for one in result.get("programs", {}).values() if "stack_kib" in one]
    return f"{' / '.join(map(str, measured))} KiB" if measured else "–"


def instructions(result):
    """Of a query over an open connection, and of one with its handshake."""
    found = result.get("instructions")
    return f"{found['query'] / 1e6:.2f} / {found['handshake'] / 1e6:.2f} million" if found else "–"


def built(platform, result):
    if "release" in result:
        return "yes"
    if not result["build"]["library"]:
        return "compiles"
    return "links" if platform.runs == NOT_RUN else "unoptimised"


def left_out(rows):
    return sum(len(one["skipped"]) for one in rows.values())


def rust_tests(result, known):
    """They take long, so they are run of sources of their own."""
    rows = result.get("suites")
    if not rows:
        return known or "–"
    without = f", {left_out(rows)} left out" if left_out(rows) else ""
    return f"{counted(rows)}{without} (`{sources_of(result)}`)"


def sources_of(result):
    return result["sources"].split()[0]


def cells_of(line):
    return [cell.strip() for cell in line.strip("| ").split("|")] if line else []


def row(platform, result, known):
    """known: the row that the page has."""
    cells = cells_of(known)
    tests = rust_tests(result, cells[RUST_TESTS] if cells else "")
    if "release" in result or "build" in result:
        programs = result.get("programs", {})
        cells = [platform.title, f"`{platform.triple}`", built(platform, result), counted(programs) if programs else "–", tests,
                 "not run" if platform.runs == NOT_RUN else platform.runs, str(left_out(programs) or "–"),
                 stack(result), instructions(result), f"`{sources_of(result)}`"]
    cells[RUST_TESTS] = tests
    return f"| {' | '.join(cells)} |"


def made(file):
    """A file's text before, between and after the marks."""
    text = open(file).read()
    before, _, rest = text.partition(BEGIN + "\n")
    between, _, after = rest.partition(END)
    return before, between, after


def write_made(file, lines):
    before, _, after = made(file)
    with open(file, "w") as out:
        out.write(before + "\n".join([BEGIN, *lines, END]) + after)


def committed_rows():
    return {re.search(r"`([^`]+)`", line)[1]: line for line in made(PAGE)[1].splitlines() if line.startswith("| ") and "`" in line}


def seen_rows():
    committed = committed_rows()
    for platform in PLATFORMS:
        result, known = seen(platform), committed.get(platform.triple, "")
        if "release" in result or "build" in result or known and "suites" in result:
            yield platform, row(platform, result, known)


def where_it_runs(lines, words):
    """A README's list: the platforms by how much of them has run."""
    groups = {what: [] for what in words}
    for line in lines:
        title, triple, built, programs, suites, how, *_ = cells_of(line)
        if triple == PROVEN:
            continue
        has_run = suites != "–" and programs != "–", programs != "–" or suites != "–", built != "compiles", built == "compiles"
        if True in has_run:
            groups[words[has_run.index(True)]].append(title if how in ("natively", "not run") else f"{title} ({how})")
    return ["", *(f"- {what}: {'; '.join(names)}" for what, names in groups.items() if names), ""]


def write():
    rows = committed_rows() | {platform.triple: line for platform, line in seen_rows()}
    ordered = [rows[platform.triple] for platform in PLATFORMS if platform.triple in rows]
    write_made(PAGE, [*HEAD, *ordered])
    for name, words in READMES.items():
        write_made(os.path.join(REPOSITORY, name), where_it_runs(ordered, words))


def words_of(line):
    """Of a row, without its numbers and without what sources it was."""
    return [re.sub(r"\d+", "N", re.sub(r"`[0-9a-f]{8}`", "", cell)) for cell in line.split("|")[:-2]]


def check():
    """Built, run and left out must be what the page says; so must no fewer tests pass."""
    committed = committed_rows()
    numbers = lambda line: [int(re.match(r" (\d+)|", cell)[1] or 0) for cell in line.split("|")[4:6]]  # noqa: E731
    wrong = []
    for platform, line in seen_rows():
        known = committed.get(platform.triple, "")
        same_words = words_of(line) == words_of(known)
        fewer = [new for new, old in zip(numbers(line), numbers(known)) if new < old]
        if not same_words or fewer:
            wrong.append(f"page: {known}\nseen: {line}")
    for name, words in READMES.items():
        if made(os.path.join(REPOSITORY, name))[1] != "\n".join([*where_it_runs(committed.values(), words), ""]):
            wrong.append(f"{name}'s list is not that of docs/platforms.md: make platforms-table")
    print("\n".join(wrong))
    print(f"{len(list(seen_rows())) + len(READMES) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv else write())
