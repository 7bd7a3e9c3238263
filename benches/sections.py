"""What is measured: each section prints a table and gives {figure: {column: value}} for the drawing."""
import os
import re
import subprocess

from columns import shared_objects, size_of
from sampling import figure, median, ratio, spread, table

BASE = "libcurl"


def by_column(taken, key, scale=1.0):
    return {name: median(samples, key) * scale for name, samples in taken.items()}


def warm(bench):
    """One caller, kept connection."""
    figures = {}
    for scheme in ("http", "https"):
        columns, amounts = [], {}
        for column in bench.of(scheme):
            trial = bench.sample(column, scheme, n=60, warmup=20)
            if trial:
                columns.append(column)
                amounts[column.name] = min(6000, max(100, int(bench.seconds * 1e6 / trial["p50_us"])))
        taken = bench.take_turns(
            columns, bench.rounds, lambda c: bench.sample(c, scheme, n=amounts[c.name], warmup=50))
        rows = [[name, figure(median(s, "p50_us")), figure(spread(s, "p50_us"), 0) + "%",
                 figure(ratio(taken, name, BASE, "p50_us"), 2), figure(median(s, "p99_us")),
                 figure(median(s, "cpu_us")), figure(ratio(taken, name, BASE, "cpu_us"), 2),
                 figure(median(s, "rss_kb") / 1024), figure(ratio(taken, name, BASE, "rss_kb"), 2)]
                for name, s in taken.items()]
        table(f"Warm query, one caller, {scheme.upper()} ({bench.rounds} rounds; x: against {BASE})",
              ["", "median us", "+-", "x", "p99 us", "cpu us", "x", "peak MiB", "x"], rows)
        if scheme == "https":
            figures = {"warm_us": by_column(taken, "p50_us"), "cpu_us": by_column(taken, "cpu_us"),
                       "peak_mib": by_column(taken, "rss_kb", 1 / 1024)}
    return figures


def cold(bench):
    """A process from its start to its end, with one answer and one trusted CA."""
    figures = {}
    for scheme in ("http", "https"):
        columns = bench.of(scheme)
        for column in columns:  # files into the page cache
            bench.start_to_end(column, scheme)
        taken = bench.take_turns(columns, bench.starts, lambda c: bench.start_to_end(c, scheme))
        rows = [[name, figure(median(s, "wall_ms"), 2), figure(spread(s, "wall_ms"), 0) + "%",
                 figure(ratio(taken, name, BASE, "wall_ms"), 2), figure(median(s, "cpu_ms"), 2)]
                for name, s in taken.items()]
        table(f"A fresh process to its first answer, {scheme.upper()} ({bench.starts} starts; x: against {BASE})",
              ["", "wall ms", "+-", "x", "cpu ms"], rows)
        figures = {"cold_ms": by_column(taken, "wall_ms")}
    return figures


def count(bench, column, scheme, n):
    """Instructions and allocations of a whole run in user space, under valgrind."""
    command = bench.command(column, scheme, n)
    run = dict(env=bench.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    calls = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], **run).stdout
    heap = subprocess.run(["valgrind", "--leak-check=no", "--undef-value-errors=no", *command], **run).stdout
    instructions = re.search(r"Collected : (\d+)", calls)
    allocations = re.search(r"total heap usage: ([\d,]+) allocs", heap)
    if not instructions or not allocations:
        raise SystemExit(f"valgrind gave no count for {column.name}, {scheme}: {calls[-500:]}{heap[-500:]}")
    return int(instructions[1]), int(allocations[1].replace(",", ""))


def counts(bench):
    """A run of 200 queries less a run of 100: the start cancels out. Steady from run to run, unlike times."""
    instructions, allocations, rows = {}, {}, []
    for column in (c for c in bench.columns if c.is_native):
        for scheme in column.schemes:
            (once_i, once_a), (i100, a100), (i200, a200) = (count(bench, column, scheme, n) for n in (1, 100, 200))
            i, a = (i200 - i100) / 100, (a200 - a100) / 100
            rows.append([column.name, scheme, figure(i, 0), figure(a), figure(once_i, 0), figure(once_a, 0)])
            if scheme == "https":
                instructions[column.name], allocations[column.name] = i, a
    table("Counts of one warm query under valgrind, in user space (a run of 200 less a run of 100)",
          ["", "", "instructions", "allocations", "whole run of one", "allocations"], rows)
    return {"instructions": instructions, "allocations": allocations}


CALLERS = 64


def callers(bench):
    """Many threads on one client (of libcurl: a handle for each)."""
    amounts, columns = {}, []
    for column in bench.of("https"):
        trial = bench.sample(column, "https", n=2 * CALLERS, threads=CALLERS, warmup=2)
        if trial:
            columns.append(column)
            amounts[column.name] = min(20000, max(4 * CALLERS, int(4 * CALLERS * bench.seconds / trial["seconds"])))

    def take(column):
        sample = bench.sample(column, "https", n=amounts[column.name], threads=CALLERS, warmup=5)
        if sample:
            sample["rate"] = (sample["n"] - sample["errors"]) / sample["seconds"]
        return sample

    taken = bench.take_turns(columns, max(3, bench.rounds // 2), take)
    rows = [[name, figure(median(s, "rate"), 0), figure(ratio(taken, name, BASE, "rate"), 2),
             figure(median(s, "p99_us") / 1e3, 2), figure(ratio(taken, name, BASE, "p99_us"), 2),
             figure(median(s, "cpu_us")), figure(median(s, "rss_kb") / 1024), sum(x is None for x in s)]
            for name, s in taken.items()]
    table(f"{CALLERS} callers in one process, HTTPS ({len(rows) and len(taken[columns[0].name])} rounds; "
          f"x: against {BASE})", ["", "queries/s", "x", "p99 ms", "x", "cpu us", "peak MiB", "failed runs"], rows)
    return {"rate": by_column(taken, "rate"), "callers_mib": by_column(taken, "rss_kb", 1 / 1024)}


def size(bench):
    """What is shipped; interpreters and libc not counted."""
    shipped, own_mb, rows = {}, {}, []
    for column in bench.columns:
        own = {os.path.realpath(path) for path in column.ships}
        others = set(shared_objects(column.command[0])) - own if column.is_native else set()
        sizes = [sum(size_of(path) for path in paths) / 1e6 for paths in (own, others)]
        own_mb[column.name], shipped[column.name] = sizes[0], sum(sizes)
        rows.append([column.name, figure(sizes[0], 2), len(others), figure(sum(sizes), 2)])
    table("Shipped, in MB (besides libc and interpreters)", ["", "own", "shared objects", "together"], rows)
    return {"shipped_mb": {n: mb for n, mb in shipped.items() if not n.startswith("floor")}, "own_mb": own_mb}
