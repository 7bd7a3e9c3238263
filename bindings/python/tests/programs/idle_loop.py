"""An event loop with nothing to do but to tick: how late it is at worst on this machine, until standard input ends."""

import asyncio
import sys
import time

TICK = 0.005


async def worst_lateness(is_over):
    """Of a tick: what kept the loop from running what was due."""
    worst = 0.0
    while not is_over():
        began = time.monotonic()
        await asyncio.sleep(TICK)
        worst = max(worst, time.monotonic() - began - TICK)
    return worst


async def main():
    ended = []
    asyncio.get_running_loop().add_reader(sys.stdin, ended.append, True)
    print("ticks", flush=True)
    print(await worst_lateness(lambda: bool(ended)))


if __name__ == "__main__":
    asyncio.run(main())
