"""Waiting for a state, and limits of time that hold on a busy machine."""
import sys
import time

import processes

# What starting a small program takes on a quiet machine of the slow kind.
QUIET = 0.015
STARTS = 5


def until(condition, what, seconds=30):
    """Polls for a state in place of sleeping until it should have come; what the condition gave at last."""
    end = time.monotonic() + seconds
    while not (reached := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.005)
    return reached


def slowness():
    """How many times as long as on a quiet machine it takes now to start a small program."""
    began = time.monotonic()
    for _ in range(STARTS):
        processes.run([sys.executable, "-I", "-S", "-c", "pass"])
    return max(1.0, (time.monotonic() - began) / STARTS / QUIET)


def limit(seconds):
    """A limit of time for this machine, as busy as it is now."""
    return seconds * slowness()
