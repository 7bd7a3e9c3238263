"""A process that logs everything, at its ends: logs.py HOW."""

import json
import logging
import os
import signal
import sys
import threading
import time

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


class Stop(BaseException):
    pass


def storm():
    raised, caught, swallowed = [0], 0, []
    sys.unraisablehook = swallowed.append

    def stop(*_):
        raised[0] += 1
        raise Stop

    signal.signal(signal.SIGALRM, stop)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.02 * (raised[0] % 17) / 17)
                # None comes where it was swallowed.
                last = time.monotonic() + 1
                while time.monotonic() < last:
                    client.describe_async_request_info(DONE)
            except Stop:
                caught += 1
        except Stop:
            caught += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(
        json.dumps(
            {
                "raised": raised[0],
                "caught": caught,
                "swallowed": [repr(each) for each in swallowed],
                "lines": Counter.lines,
            }
        )
    )


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
