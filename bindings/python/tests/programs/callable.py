"""A process whose credentials come from a function, at its ends: callable.py HOW SECRET_ID SECRET_KEY."""

import asyncio
import atexit
import json
import os
import signal
import sys
import threading
import time

from strikes import strikes

import tcdb_async

DONE = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"
RUNNING = "00000002-5eed5eed-5eed5eed-5eed5eed"
OPTIONS = {
    "region": "r",
    "endpoint": os.environ["TEST_ENDPOINT"],
    "ca_file": os.environ["TEST_CA"],
    "max_requests_per_second": 0,
}
how = sys.argv[1]
GOOD = tcdb_async.FetchedCredentials(*sys.argv[2:4])


def client(function, kind=tcdb_async.Client):
    return kind.from_credentials(tcdb_async.Credentials.from_callable(function), **OPTIONS)


def say(*words):
    # Not print: at exit sys.stdout may be gone.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def ask(asker, who=()):
    say(*who, asker.describe_async_request_info(DONE).status.value)


def in_child(work):
    """Runs it in a forked child and waits; the child exits as Python does, atexit's functions included."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        signal.alarm(20)
        work()
        sys.exit(0)
    say_at_end = os.waitpid(child, 0)[1]
    if say_at_end:
        say("the child ended with", say_at_end)


def forks():
    asker = client(lambda request: GOOD)
    if "after" in how:
        asker.describe_async_request_info(DONE)
    # Before the child's line, whatever the scheduler does.
    ask(client(lambda request: GOOD), ["parent"])
    in_child(lambda: ask(asker, ["child"]))


def forks_inside():
    children = []

    def fetch(request):
        if not children:
            children.append(os.fork())
            if children[0]:
                say("parent SUCCESS")
                os.waitpid(children[0], 0)
        return GOOD

    asker = client(fetch)
    status = asker.describe_async_request_info(DONE).status.value
    if not children[0]:
        signal.alarm(20)
        say("child", status)


def forks_amid_another_threads_call():
    inside, go_on = threading.Event(), threading.Event()

    def fetch(request):
        if not go_on.is_set():
            inside.set()
            go_on.wait(20)
        return GOOD

    asker = client(fetch)
    thread = threading.Thread(target=asker.describe_async_request_info, args=(DONE,))
    thread.start()
    inside.wait(20)

    def work():
        go_on.set()
        ask(asker, ["child"])

    say("parent SUCCESS")
    in_child(work)
    go_on.set()
    thread.join()


def slow(inside):
    def fetch(request):
        inside.set()
        time.sleep(0.6)
        say("the function has returned")
        return GOOD

    return fetch


def exits_amid_a_call():
    inside = threading.Event()
    asker = client(slow(inside))
    threading.Thread(target=asker.wait, args=(DONE,), daemon=True).start()
    inside.wait(20)


def exits_amid_a_call_of_an_async_client():
    inside = threading.Event()
    loop = asyncio.new_event_loop()
    # A busy machine is not a slow callback.
    loop.slow_callback_duration = 60
    asker = client(slow(inside), tcdb_async.AsyncClient)

    async def begin():
        task = asyncio.ensure_future(asker.wait(RUNNING))
        await loop.run_in_executor(None, inside.wait, 20)
        return task

    global kept
    kept = loop.run_until_complete(begin()), asker


class SlowEnd:
    """Lets other threads run while the interpreter ends: those that come back to it are ended by Python."""

    def __del__(self, sleep=time.sleep):
        sleep(0.7)


def exits_amid_calls():
    """Other threads are inside the function, again and again."""
    global slow_end
    slow_end = SlowEnd()

    def fetch(request):
        time.sleep(0.02)
        return GOOD

    def ask_for_ever():
        while True:
            client(fetch).describe_async_request_info(DONE)

    for _ in range(8):
        threading.Thread(target=ask_for_ever, daemon=True).start()
    time.sleep(0.3)
    say("SUCCESS")


def queries_at_exit():
    asker = client(lambda request: GOOD)
    atexit.register(lambda: ask(asker))


class AtExit:
    def __init__(self):
        self.client = client(lambda request, good=GOOD: good)

    def __del__(self):
        say(self.client.describe_async_request_info(DONE).status.value)


def sub_interpreter():
    import _xxsubinterpreters as interpreters

    made = interpreters.create(isolated=False) if sys.version_info >= (3, 10) else interpreters.create()
    program = f"""
import os, sys
sys.path[:] = {sys.path!r}
import tcdb_async
try:
    tcdb_async.Credentials.from_callable(print)
except RuntimeError:
    os.write(1, b"RuntimeError\\n")
"""
    interpreters.run_string(made, program)
    interpreters.destroy(made)


def storm():
    """A handler that raises, again and again, while queries fetch."""

    def fetch(request):
        # Always due again, so that every query calls.
        return tcdb_async.FetchedCredentials(*sys.argv[2:4], expires=time.time() + 2)

    def work():
        asker = client(fetch)
        for _ in range(3):
            asker.describe_async_request_info(DONE)
            asker.set_credentials(tcdb_async.Credentials.from_callable(fetch))
        # None comes where it was swallowed.
        time.sleep(1)

    say(json.dumps(strikes(work, 0.002)))


if how == "query from __del__ at exit":
    kept = AtExit()
else:
    {
        "fork after a call": forks,
        "fork before a call": forks,
        "fork inside a call": forks_inside,
        "fork amid another thread's call": forks_amid_another_threads_call,
        "exit amid a call": exits_amid_a_call,
        "exit amid a call of an async client": exits_amid_a_call_of_an_async_client,
        "exit amid many calls": exits_amid_calls,
        "query at exit": queries_at_exit,
        "sub-interpreter": sub_interpreter,
        "storm": storm,
    }[how]()
