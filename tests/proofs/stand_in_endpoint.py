#!/usr/bin/env python3
"""Stands in for the endpoint under memcheck: says its HTTP address in place of the HTTPS one. Valgrind takes two places
of ring's assembly for errors; over plain HTTP there is nothing to excuse."""
import json
import os
import subprocess
import sys
import threading

real = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tcdb-mock-server.real")
server = subprocess.Popen([real, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def hand_on():
    """Commands, up to the end of the input, which is the server's end too."""
    try:
        while chunk := os.read(0, 65536):
            server.stdin.write(chunk)
            server.stdin.flush()
        server.stdin.close()
    except (BrokenPipeError, OSError):
        pass


threading.Thread(target=hand_on, daemon=True).start()
for number, line in enumerate(server.stdout):
    if number == 0 and line.startswith(b'{"'):
        facts = json.loads(line)
        line = json.dumps({**facts, "https": facts["http"]}).encode() + b"\n"
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
sys.exit(server.wait())
