#!/usr/bin/env python3
"""What a task of a wait queue costs, against the mock server: bytes, CPU while it waits, adding it and taking its event.

usage: queue.py PROGRAM MOCK_SERVER [--tasks N] [--seconds N] [--check]; --check fails where an expectation is missed.
"""
import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/mock-server"))
from mock_server import MockServer  # noqa: E402


def measure(server, program, tasks, seconds):
    server.put(*(f"{number:08d}-5eed5eed-5eed5eed-5eed5eed" for number in range(tasks)))
    variables = {"PATH": os.environ["PATH"], "SECRET_ID": server.facts["secret_id"], "SECRET_KEY": server.facts["secret_key"]}
    command = [program, server.facts["http"], str(tasks), str(seconds)]
    return json.loads(subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("server")
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    server = MockServer(given.server)
    try:
        got = measure(server, given.program, given.tasks, given.seconds)
    finally:
        server.close()
    rows = [
        ("bytes a task before its first answer", got["bytes_fresh"], 800, "{}"),
        ("bytes a task with an answer", got["bytes_answered"], 800, "{}"),
        ("adding a task, median", got["add_ns"] / 1000, 5, "{:.2f} µs"),
        ("taking an event, median", got["next_ns"] / 1000, 5, "{:.2f} µs"),
        ("CPU at 40 requests a second", got["cpu_percent"], 1.5, "{:.2f} % of a core"),
    ]
    print(f"| {given.tasks:,} tasks | measured | at most |\n| --- | ---: | ---: |")
    missed = [what for what, value, most, _ in rows if value > most]
    for what, value, most, words in rows:
        print(f"| {what} | {words.format(value)} | {words.format(most)} |{' missed' if what in missed else ''}", flush=True)
    return 1 if missed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
