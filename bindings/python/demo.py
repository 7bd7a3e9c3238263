"""Shows the Python package at work against the mock server."""

import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "tests"), os.path.join(HERE, "..", "..", "tests")]
import processes  # noqa: E402

from fixture import DOCUMENTED_ID, FAILED, MockServer, demo_id  # noqa: E402

LIVES = demo_id(0xF1)

WAIT_IN_PYTHON = f"""\
import os, tcdb_async

with tcdb_async.Client.from_env(endpoint=os.environ["TEST_ENDPOINT"], ca_file=os.environ["TEST_CA"]) as client:
    info = client.wait("{demo_id(0xF3)}", timeout=60, interval=0.5, on_poll=lambda info: print("  ", info.status))
    print("  ", info.status, "-", info.info)
    try:
        client.wait("{FAILED}")
    except tcdb_async.TaskFailedError as failure:
        print("  ", type(failure).__name__ + ":", failure)
"""

CTRL_C = f"""\
import os, signal, threading, time, tcdb_async

with tcdb_async.Client.from_env(endpoint=os.environ["TEST_ENDPOINT"], ca_file=os.environ["TEST_CA"]) as client:
    sent = []
    def ctrl_c():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    threading.Timer(0.5, ctrl_c).start()
    try:
        client.wait("{DOCUMENTED_ID}", timeout=600)
    except KeyboardInterrupt:
        print(f"   KeyboardInterrupt {{(time.monotonic() - sent[0]) * 1000:.0f}} ms after Ctrl-C")
"""


def main():
    # Its Ctrl-C works also where a script has started it in the background.
    processes.interruptible()
    server = MockServer()
    options = ["--endpoint", server.https, "--ca", server.ca]

    def run(*command):
        return subprocess.run([sys.executable, *command], env=server.environment()).returncode

    print("== Python: what became of a task, on the command line")
    print("   exit code", run("-m", "tcdb_async", *options, DOCUMENTED_ID))
    print("== Python: wait for one, on the command line")
    print("   exit code", run("-m", "tcdb_async", *options, "--wait", "--interval", "0.5", LIVES))
    print("== Python: as JSON, for scripts")
    run("-m", "tcdb_async", *options, "--json", FAILED)
    print("== Python: the same in a program")
    run("-c", WAIT_IN_PYTHON)
    print("== Python: Ctrl-C in a ten-minute wait, while the server has stalled")
    server.stall()
    code = run("-c", CTRL_C)
    server.close()
    return code


if __name__ == "__main__":
    started = time.monotonic()
    outcome = main()
    print(f"   ({time.monotonic() - started:.1f} s)")
    sys.exit(outcome)
