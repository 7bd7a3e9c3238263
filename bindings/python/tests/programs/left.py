"""What a process holds that has to end with the work it was for: native objects, descriptors and threads."""

import gc
import os
import time

import tcdb_async

NOTHING = {"objects": 0, "descriptors": 0, "threads": 0}
# A thread is in the system's list for a moment after its last step.
SECONDS = 10


def now():
    gc.collect()
    return {
        "objects": tcdb_async.live_objects(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
    }


def since(before):
    """The difference to what there was, once it is none or stays."""
    end = time.monotonic() + SECONDS
    while True:
        after = now()
        difference = {name: after[name] - before[name] for name in after}
        if difference == NOTHING or time.monotonic() > end:
            return difference
        time.sleep(0.01)
