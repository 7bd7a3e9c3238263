"""Samples, and what is made of them: medians, ratios taken inside a round, tables."""
import json
import os
import random
import resource
import statistics
import subprocess
import time

PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def environment(server):
    kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
    return dict(kept, NODE_EXTRA_CA_CERTS=server.ca, TZ="UTC", HOME=server.folder)


class Bench:
    """Where the samples are taken, and how many."""

    def __init__(self, server, columns, quick=False):
        self.server, self.columns = server, columns
        self.environment = environment(server)
        self.rounds, self.starts, self.seconds = (3, 5, 0.15) if quick else (9, 25, 0.5)

    def command(self, column, scheme, n, warmup=0, threads=1):
        url = getattr(self.server, scheme)
        return [*column.command, "--url", url, "--ca", self.server.ca, "--n", str(n), "--warmup", str(warmup),
                "--threads", str(threads)]

    def sample(self, column, scheme, **amounts):
        """One run of a column's program: the line of JSON it prints, or None with the reason said."""
        done = subprocess.run(self.command(column, scheme, **amounts), env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300)
        if done.returncode:
            print(f"{column.name}, {scheme}: {done.stderr.strip()[-200:] or f'exit code {done.returncode}'}")
            return None
        return json.loads(done.stdout.splitlines()[-1])

    def start_to_end(self, column, scheme):
        """Wall and CPU milliseconds of a process that gets one answer."""
        command = self.command(column, scheme, 1)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, check=True)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"wall_ms": wall * 1e3, "cpu_ms": cpu * 1e3}

    def of(self, scheme):
        return [column for column in self.columns if scheme in column.schemes]

    def take_turns(self, columns, rounds, take):
        """Every column once in every round, in random order: {name: [sample or None for each round]}."""
        taken = {column.name: [] for column in columns}
        for _ in range(rounds):
            for column in random.sample(columns, len(columns)):
                taken[column.name].append(take(column))
        return taken


def median(samples, key):
    values = [sample[key] for sample in samples if sample]
    return statistics.median(values) if values else float("nan")


def ratio(taken, name, base, key):
    """Taken inside a round before the median over rounds: a machine that slows down slows both sides."""
    pairs = zip(taken.get(name, []), taken.get(base, []))
    ratios = [mine[key] / theirs[key] for mine, theirs in pairs if mine and theirs and theirs[key]]
    return statistics.median(ratios) if ratios else float("nan")


def spread(samples, key):
    """Half the distance between the quartiles, in percent of the median."""
    values = [sample[key] for sample in samples if sample]
    if len(values) < 4:
        return float("nan")
    low, middle, high = statistics.quantiles(values, n=4)
    return 50 * (high - low) / middle


def figure(value, digits=1):
    return "-" if value != value else f"{value:,.{digits}f}"


def table(title, head, rows):
    rows = [head] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    print(f"\n{title}\n{'-' * len(title)}")
    for row in rows:
        cells = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip(), flush=True)
