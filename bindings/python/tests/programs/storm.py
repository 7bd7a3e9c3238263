"""A signal every 0.7 ms, whose handler raises, while calls are made: storm.py SECONDS.

Prints how many exceptions were raised and caught, what was swallowed, and what is left.
"""

import json
import os
import signal
import sys
import time

import left

import tcdb_async

task = "00000002-5eed5eed-5eed5eed-5eed5eed"
swallowed = []
sys.unraisablehook = lambda ignored: swallowed.append(repr(ignored.exc_value))


class Struck(Exception):
    pass


class Storm:
    """Raises once for each time that it is armed."""

    def __init__(self):
        self.is_armed = False
        self.raised = self.caught = 0
        signal.signal(signal.SIGALRM, self.strike)
        signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)

    def strike(self, *_):
        if self.is_armed:
            self.is_armed = False
            self.raised += 1
            raise Struck

    def over(self, call):
        try:
            self.is_armed = True
            call()
            self.is_armed = False
        except Struck:
            self.caught += 1

    def end(self):
        signal.setitimer(signal.ITIMER_REAL, 0)


client = tcdb_async.Client.from_env(
    endpoint=os.environ["TEST_ENDPOINT"], ca_file=os.environ["TEST_CA"], max_requests_per_second=0
)
calls = [
    lambda: client.wait(task, timeout=0.02, interval=0.25),
    lambda: client.describe_async_request_info(task),
    lambda: client.start_wait(task, timeout=0.02).step(0.01),
    lambda: client.start_wait(task, interval=1).latest,
    lambda: tcdb_async.Credentials("an-id", "a-key"),
    lambda: client.sign(task),
]


def once(call):
    try:
        call()
    except tcdb_async.WaitTimeout:
        pass


for each in calls:
    once(each)
before = left.now()
storm = Storm()
end = time.monotonic() + float(sys.argv[1])
# A busy machine strikes on until there were enough.
while time.monotonic() < end or (storm.raised <= 50 and time.monotonic() < end + 40):
    for each in calls:
        storm.over(lambda each=each: once(each))
storm.end()
# A wait that was given up has taken its connection with it.
client.describe_async_request_info(task)
print(
    json.dumps(
        {
            "raised": storm.raised,
            "caught": storm.caught,
            "swallowed": swallowed,
            "left": left.since(before),
        }
    )
)
