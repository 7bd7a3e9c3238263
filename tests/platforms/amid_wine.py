#!/usr/bin/env python3
"""Runs a command while wine's server and services are up: amid_wine.py COMMAND...

The first program that finds none starts them, which takes seconds, and they inherit its error output: whoever reads that to
its end waits until they end too, and whoever kills its process group kills them amid whatever they do, for every other program.
So a program of our own, which waits for input, keeps them up; they end with it, and it ends with this one.
"""
import subprocess
import sys

WINE = "/usr/lib/wine/wine"
LONGEST_END = 30


def main(command):
    kept = subprocess.Popen([WINE, "cmd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        kept.stdin.write(b"echo is up\r\n")
        kept.stdin.flush()
        if not any(line.rstrip().endswith(b"is up") for line in kept.stdout):
            print("wine ended before a program ran", file=sys.stderr)
            return 1
        return subprocess.call(command)
    finally:
        kept.stdin.close()
        try:
            kept.wait(LONGEST_END)
        except subprocess.TimeoutExpired:
            kept.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
