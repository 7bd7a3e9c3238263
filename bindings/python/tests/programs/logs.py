"""A process that logs everything, at its ends: logs.py HOW."""

import json
import logging
import os
import sys
import threading
import time

from strikes import ENOUGH, strikes

import tcdb_async

DONE = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"
OPTIONS = {"endpoint": os.environ["TEST_ENDPOINT"], "ca_file": os.environ["TEST_CA"], "max_requests_per_second": 0}


class Counter(logging.Handler):
    lines = 0

    def emit(self, record):
        Counter.lines += 1


logger = logging.getLogger("tcdb_async")
logger.setLevel(logging.DEBUG)
logger.addHandler(Counter())
client = tcdb_async.Client.from_env(**OPTIONS)


def storm():
    def work():
        # None comes where it was swallowed.
        last = time.monotonic() + 1
        while time.monotonic() < last:
            client.describe_async_request_info(DONE)

    said = strikes(work, 0.02, lambda: Counter.lines > ENOUGH)
    print(json.dumps({**said, "lines": Counter.lines}))


class SlowEnd:
    """Lets other threads run while the interpreter ends: those that come back to it are ended by Python."""

    def __del__(self, sleep=time.sleep):
        sleep(0.5)


def ask_for_ever():
    while True:
        client.describe_async_request_info(DONE)


if sys.argv[1] == "storm":
    storm()
else:
    slow_end = SlowEnd()
    for _ in range(8):
        threading.Thread(target=ask_for_ever, daemon=True).start()
    time.sleep(0.3)
    print("SUCCESS", flush=True)
