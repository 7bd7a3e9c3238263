"""Calls, and is interrupted, again and again: interrupted.py wait|query ROUNDS [ADDRESS]."""

import os
import sys

import left

import tcdb_async

call, rounds = sys.argv[1], int(sys.argv[2])
address = sys.argv[3] if len(sys.argv) > 3 else os.environ["TEST_ENDPOINT"]
task = "00000002-5eed5eed-5eed5eed-5eed5eed"


def say(line):
    print(line, flush=True)


at_first = left.now()
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
        # The call is over with its exception, while the client is open still.
        if tcdb_async.live_objects() != before:
            say("the interrupted call lives on")
del client
say(f"left: {left.since(at_first)}")
