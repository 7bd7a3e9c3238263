"""Calls, and is interrupted, again and again: interrupted.py wait|query ROUNDS [ADDRESS]."""

import os
import sys
import time

import tcdb_async

call, rounds = sys.argv[1], int(sys.argv[2])
address = sys.argv[3] if len(sys.argv) > 3 else os.environ["TEST_ENDPOINT"]
task = "00000002-5eed5eed-5eed5eed-5eed5eed"


def say(line):
    print(line, flush=True)


def left_after(seconds, expected):
    """How many objects there are, which may take a moment to become as few as expected."""
    deadline = time.monotonic() + seconds
    while tcdb_async.live_objects() > expected and time.monotonic() < deadline:
        time.sleep(0.001)
    return tcdb_async.live_objects()


with tcdb_async.Client.from_env(
    endpoint=address, ca_file=os.environ["TEST_CA"], max_requests_per_second=0, connect_timeout=25
) as client:
    before = tcdb_async.live_objects()
    for _ in range(rounds):
        try:
            say("begins")
            if call == "wait":
                client.wait(task, timeout=600, interval=60, on_poll=lambda info: say("answered"))
            else:
                client.describe_async_request_info(task)
            say("ended")
        except KeyboardInterrupt:
            say("interrupted")
        # A wait is over with its exception, while the client is open still; a query ends by itself.
        if call == "wait" and left_after(1, before) != before:
            say("the interrupted wait lives on")
del client
left_after(5, 0)
say(f"nothing left: {tcdb_async.live_objects()} objects")
