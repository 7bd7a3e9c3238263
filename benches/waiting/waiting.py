#!/usr/bin/env python3
"""What waiting costs, against the mock server: bytes a waiter, threads, CPU, and how soon a cancelled wait returns.

usage: waiting.py PROGRAM ENDPOINT [--check]; --check fails where an expectation is missed.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/mock-server"))
from mock_server import MockServer  # noqa: E402

PROGRAM, ENDPOINT = sys.argv[1:3]
failures = []


class Endpoint(MockServer):
    def put_tasks(self, count):
        self.put(*(f"{number:08d}-5eed5eed-5eed5eed-5eed5eed" for number in range(count)))

    def measure(self, *arguments, scheme="http"):
        variables = {"PATH": os.environ["PATH"], "SECRET_ID": self.facts["secret_id"], "SECRET_KEY": self.facts["secret_key"]}
        if scheme == "https":
            variables["CA"] = self.facts["ca"]
        command = [PROGRAM, arguments[0], self.facts[scheme], *map(str, arguments[1:])]
        return json.loads(subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout)


def row(what, measured, expected, good):
    print(f"| {what} | {measured} | {expected} |{'' if good else ' missed'}", flush=True)
    if not good:
        failures.append(what)


def main():
    print("| waiting | measured | expected |\n| --- | ---: | ---: |")
    endpoint = Endpoint(ENDPOINT)
    endpoint.put_tasks(10_000)
    memory = endpoint.measure("memory", 10_000)
    row("bytes a waiter, of 10,000, before the first answer", memory["bytes_fresh"], "1,024", memory["bytes_fresh"] <= 1024)
    row("bytes a waiter, of 10,000, with an answer", memory["bytes_answered"], "1,024", memory["bytes_answered"] <= 1024)
    row("threads of a process that carries 10,000", memory["threads"], "1", memory["threads"] == 1)
    for count in [1_000, 10_000]:
        idle = endpoint.measure("idle", count, 15, scheme="https")
        good = count > 1_000 or idle["percent_of_a_core"] < 1
        row(f"CPU of {count:,} waiters with the defaults, at 40 requests a second over TLS",
            f"{idle['percent_of_a_core']:.2f} % of a core", "1 %" if count == 1_000 else "", good)
    for phase, command in [
        ("between two requests", {}),
        ("in a stalled reply", {"misbehave": {"fault": "stall_reply"}}),
        ("in a stalled handshake", {"misbehave": {"fault": "handshake_stall"}}),
        ("while a connect hangs", {"stall_connects": True}),
    ]:
        if command:
            endpoint.command(**command)
        took = endpoint.measure("cancel", 20, scheme="https")
        row(f"cancel to return, {phase}: median, longest of 20", f"{took['median_us'] / 1000:.2f} ms, {took['longest_us'] / 1000:.2f} ms",
            "50 ms", took["longest_us"] < 50_000)
        if "misbehave" in command:
            endpoint.command(behave=True)
    endpoint.command(stall_connects=False)
    endpoint.close()
    return 1 if failures and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
