"""An event loop whose turns are counted, and how long each of them computes."""

import asyncio
import gc
import selectors
import time


class Turns(selectors.DefaultSelector):
    """A turn is what a loop runs from one look at its descriptors to the next: it is blocked for so long.

    `seconds` are those of the processor on the loop's thread, which other programs on the machine do not lengthen.
    """

    def __init__(self):
        super().__init__()
        self.seconds = []
        self._began = None

    def select(self, timeout=None):
        if self._began is not None:
            self.seconds.append(time.thread_time() - self._began)
        try:
            return super().select(timeout)
        finally:
            self._began = time.thread_time()


def run(work):
    """asyncio.run of work(turns) with a loop that is watched."""
    turns = Turns()
    loop = asyncio.SelectorEventLoop(turns)
    # A collection amid a turn looks through what the loop has made, not through all modules and tests of this process.
    gc.collect()
    gc.freeze()
    try:
        return loop.run_until_complete(work(turns))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        gc.unfreeze()
