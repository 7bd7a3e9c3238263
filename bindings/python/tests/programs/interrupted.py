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


with tcdb_async.Client.from_env(
    endpoint=address, ca_file=os.environ["TEST_CA"], max_requests_per_second=0, connect_timeout=25
) as client:
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
del client
# An interrupted query ends by itself, soon after the client's close.
deadline = time.monotonic() + 5
while tcdb_async.live_objects() and time.monotonic() < deadline:
    time.sleep(0.01)
say(f"nothing left: {tcdb_async.live_objects()} objects")
