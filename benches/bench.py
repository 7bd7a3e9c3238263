#!/usr/bin/env python3
"""Measures a query through the C API against what a user would pick instead, all against one nginx on loopback.

Sections: warm, cold, counts, callers, deadlines, size. Nothing leaves the loopback address but the installs of the
vendor's SDKs, into the working folder. What is missing is left out, with a note.
"""
import argparse
import os
import platform
import shutil
import sys
import time

import deadlines
import drawing
import sections
from columns import all_columns, ours
from sampling import Bench
from server import Server

SECTIONS = ["warm", "cold", "counts", "callers", "deadlines", "size"]
# What can be counted holds on any machine; times do not, and are not checked. 60,000 instructions are the goal, and a
# processor's features shift them a little.
# The size is 2.48, which the paths of the machine that builds it vary a little.
MOST = {"instructions": 62_000, "allocations": 24, "own_mb": 2.5}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", help="the release build of the shared library")
    parser.add_argument("--work", default="target/bench", help="builds and installs are kept here")
    parser.add_argument("--sections", default=",".join(SECTIONS))
    parser.add_argument("--svg", help="where to draw")
    parser.add_argument("--quick", action="store_true", help="few rounds: does it run, not how fast")
    parser.add_argument("--rt", action="store_true",
                        help="as root: under the real-time scheduler, for a machine that will not be quiet")
    parser.add_argument("--check", action="store_true", help="only what can be counted, against what is promised")
    return parser.parse_args()


def missing_tools(o):
    needed = ["nginx", "openssl"] + (["valgrind"] if o.check else [])
    return [tool for tool in needed if not shutil.which(tool)]


def machine():
    with open("/proc/cpuinfo") as f:
        cpu = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), platform.machine())
    return f"{cpu}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"


def measure(o, server):
    bench = Bench(server, all_columns(o.work, o.library), o.quick)
    figures = {}
    for name in o.sections.split(","):
        if name == "counts" and not shutil.which("valgrind"):
            print("left out: counts: valgrind is not installed")
        elif name == "deadlines":
            figures.update(deadlines.deadlines(bench, o.work, o.library))
        else:
            figures.update(getattr(sections, name)(bench))
    return figures


def check(o, server):
    bench = Bench(server, [ours(o.work, o.library)])
    figures = {**sections.counts(bench), **sections.size(bench)}
    passed = 0
    for name, most in MOST.items():
        value = figures[name]["ours"]
        passed += value <= most
        print(f"{'ok' if value <= most else 'FAILED'}: {name}: {value:,.2f}, at most {most:,}")
    print(f"{passed} passed, {len(MOST) - passed} failed")
    return int(passed < len(MOST))


def main():
    o = arguments()
    o.work = os.path.abspath(o.work)
    lacking = missing_tools(o)
    if lacking:
        print(f"skipped: {', '.join(lacking)} not installed")
        return 77 if o.check else 1
    os.makedirs(o.work, exist_ok=True)
    if o.rt:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    note = f"{machine()}, {time.strftime('%d %B %Y', time.gmtime())}{', real-time scheduler' if o.rt else ''}"
    with Server(o.work) as server:
        if o.check:
            return check(o, server)
        print(note)
        figures = measure(o, server)
    if o.svg:
        with open(o.svg, "w") as f:
            f.write(drawing.draw(figures, note))
        print(f"\ndrawn: {o.svg}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
