"""A program of which gevent has replaced whatever blocks: under_gevent.py HOW."""

from gevent import monkey

monkey.patch_all()

import asyncio  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
import left  # noqa: E402

import tcdb_async  # noqa: E402

OPTIONS = {"endpoint": os.environ["TEST_ENDPOINT"], "ca_file": os.environ["TEST_CA"], "max_requests_per_second": 0}
TICK = 0.01


def client():
    return tcdb_async.Client.from_env(**OPTIONS)


class Ticks:
    """How often another greenlet came to run meanwhile."""

    def __enter__(self):
        self.count = 0
        self._greenlet = gevent.spawn(self._tick)
        return self

    def _tick(self):
        while True:
            self.count += 1
            gevent.sleep(TICK)

    def __exit__(self, *_):
        self._greenlet.kill()


def in_a_greenlet(*tasks):
    asker = client()
    waits = [gevent.spawn(asker.wait, task, interval=0.25) for task in tasks]
    print(asker.describe_async_request_info(tasks[0]).status.value, *(wait.get().status.value for wait in waits))


def in_the_threadpool(*tasks):
    pool = gevent.get_hub().threadpool
    with Ticks() as ticks, client() as asker:
        waits = [pool.spawn(asker.wait, task, interval=0.25) for task in tasks]
        print(*(wait.get().status.value for wait in waits), ticks.count)


def by_asyncio(*tasks):
    async def work():
        async with tcdb_async.AsyncClient.from_env(**OPTIONS) as asker:
            return await asyncio.gather(*(asker.wait(task, interval=0.25) for task in tasks))

    with Ticks() as ticks:
        ended = gevent.spawn(asyncio.run, work()).get()
        print(*(info.status.value for info in ended), ticks.count)


def logged(*tasks):
    """A function of the program's is called on a thread of the pool, inside the call."""
    import logging

    names = set()
    handler = logging.StreamHandler()
    handler.emit = lambda record: names.add(record.name)
    logging.getLogger("tcdb_async").addHandler(handler)
    logging.getLogger("tcdb_async").setLevel(logging.DEBUG)
    asker = client()
    info = gevent.get_hub().threadpool.apply(asker.wait, (tasks[0],))
    print(info.status.value, *names)


def interrupted(task):
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        client().wait(task)
    except KeyboardInterrupt:
        print("KeyboardInterrupt")


# The hub stays for as long as the program runs.
hub = gevent.get_hub()
gevent.sleep(TICK)
before = left.now()
globals()[sys.argv[1]](*sys.argv[2:])
# Ends the threads that gevent has started.
hub.threadpool.kill()
print(json.dumps(left.since(before)))
