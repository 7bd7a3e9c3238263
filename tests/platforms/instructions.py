"""What a query takes of a processor, in instructions: qemu executes one at a time and writes a line for each.

The same way on every processor, also on this machine's own, so that the numbers can be compared.
"""
import os
import subprocess

import programs
from build import Failed
from targets import ENTER, REPOSITORY

EMULATORS = {"x86_64": "x86_64", "aarch64": "aarch64", "i686": "i386", "armhf": "arm", "s390x": "s390x"}
COUNT = """status=$( { { "$@" 2>&1 >/dev/null; echo $? >&3; } | grep -c '^Trace' >&4; } 3>&1 ) 4>&1; exit "$status" """


def count(platform, program, clients, queries):
    """Of the whole program."""
    emulator = f"qemu-{EMULATORS[platform.processor]}-static"
    with programs.mock_server() as server:
        arguments = [*server.arguments(), str(clients), str(queries)]
        done = subprocess.run([ENTER, "sh", "-c", COUNT, "sh", emulator, "-singlestep", "-d", "exec,nochain", program, *arguments],
                              cwd=REPOSITORY, env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=900)
    if done.returncode or not done.stdout.strip().isdigit():
        raise Failed(f"{emulator}: exit {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}")
    return int(done.stdout)


def measure(platform, built):
    """{"query": over an open connection, "handshake": a client, its connection and a query}."""
    program = programs.compile_program(platform, "queries", built["library"])
    one = count(platform, program, 1, 1)
    measured = {"query": (count(platform, program, 1, 6) - one) // 5, "handshake": (count(platform, program, 3, 1) - one) // 2}
    if min(measured.values()) <= 0:
        raise Failed(f"counted {measured}")
    return measured
