"""What a query takes of a processor, in instructions. qemu says which blocks of them it executes, and what is in each.

The same way on every processor, also on this machine's own, so that the numbers can be compared.
"""
import os
import re
import subprocess

import programs
from build import Failed
from targets import ENTER, REPOSITORY

EMULATORS = {"x86_64": "x86_64", "aarch64": "aarch64", "i686": "i386", "armhf": "arm", "s390x": "s390x"}
EXECUTED = re.compile(r"^Trace \S+ \S+ \[\w+/(\w+)/")


def added_up(log):
    """Instructions executed, by qemu's log: a block is listed when it is translated ("IN:", one line each), then traced by its
    address as often as it is executed."""
    total, sizes, block = 0, {}, None
    for line in log:
        if line.startswith("0x"):
            if block is None:
                block = int(line.split(":", 1)[0], 16)
                sizes[block] = 0
            sizes[block] += 1
        elif line.startswith("IN:"):
            block = None
        elif traced := EXECUTED.match(line):
            total += sizes.get(int(traced[1], 16), 0)
    return total


def count(platform, program, clients, queries):
    """Of the whole program."""
    emulator = f"qemu-{EMULATORS[platform.processor]}-static"
    with programs.mock_server() as server:
        command = [ENTER, emulator, "-d", "exec,nochain,in_asm", program, *server.arguments(), str(clients), str(queries)]
        with subprocess.Popen(command, cwd=REPOSITORY, env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace") as emulated:
            total = added_up(emulated.stderr)
    if emulated.returncode:
        raise Failed(f"{emulator}: exit {emulated.returncode} after {total} instructions")
    return total


def measure(platform, built):
    """{"query": over an open connection, "handshake": a client, its connection and a query}."""
    program = programs.compile_program(platform, "queries", built["library"])
    one = count(platform, program, 1, 1)
    measured = {"query": (count(platform, program, 1, 6) - one) // 5, "handshake": (count(platform, program, 3, 1) - one) // 2}
    if min(measured.values()) <= 0:
        raise Failed(f"counted {measured}")
    return measured
