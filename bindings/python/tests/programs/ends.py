"""The ends of a process, one at a time, and what is left after each: ends.py HOW."""

import gc
import json
import os
import signal
import sys
import threading

import left

import tcdb_async

DONE = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"
RUNNING = "00000002-5eed5eed-5eed5eed-5eed5eed"
OPTIONS = {"endpoint": os.environ["TEST_ENDPOINT"], "ca_file": os.environ["TEST_CA"]}


def client(**options):
    return tcdb_async.Client.from_env(**{**OPTIONS, **options})


def say(*words):
    # Not print: at exit sys.stdout may be gone.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def blocked_signals():
    """After a query signals are blocked on the only thread there is, and so stay pending."""
    client().describe_async_request_info(DONE)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    for each in (signal.SIGTERM, signal.SIGINT):
        os.kill(os.getpid(), each)
    client().describe_async_request_info(DONE)
    say("pending", *sorted(map(int, signal.sigpending())))
    say("threads", len(os.listdir("/proc/self/task")))


def garbage():
    """Finalizers of garbage in cycles run on the program's threads."""
    finalized = []

    class Bound:
        def __init__(self):
            self.me = self

        def __del__(self):
            finalized.append(threading.get_ident())

    asker = client(max_requests_per_second=0)
    made = 0
    for _ in range(40):
        for _ in range(50):
            Bound()
            made += 1
        asker.describe_async_request_info(DONE)
    gc.collect()
    say("finalized", len(finalized) == made, "on", len(set(finalized)), "thread")


def tcl_in_a_cycle():
    import tkinter

    asker = client()
    for _ in range(20):
        cycle = [tkinter.Tcl()]
        cycle.append(cycle)
        del cycle
        asker.describe_async_request_info(DONE)
    gc.collect()
    say("collected")


class AtExit:
    def __init__(self):
        self.client = client(max_attempts=1)

    def __del__(self):
        say(self.client.describe_async_request_info(DONE).status.value)
        del self.client
        say_what_is_left()


def suspended():
    asker = client(max_attempts=1)
    try:
        yield
    finally:
        say(asker.describe_async_request_info(DONE).status.value)
        del asker
        say_what_is_left()


def sub_interpreter():
    try:
        import _interpreters as interpreters

        made = interpreters.create("legacy")
    except ImportError:
        import _xxsubinterpreters as interpreters

        # From 3.12 on; without a GIL of its own, which ctypes cannot do there.
        made = interpreters.create(**({"isolated": False} if sys.version_info[:2] == (3, 12) else {}))
    program = f"""
import sys
sys.path[:] = {sys.path!r}
import tcdb_async
client = tcdb_async.Client.from_env(**{OPTIONS!r})
client.describe_async_request_info({DONE!r})
client.wait({DONE!r})
del client
"""
    interpreters.run_string(made, program)
    interpreters.destroy(made)
    say("destroyed")


def frames():
    """What a formatter of tracebacks prints with the variables of every frame."""
    attempts = [
        lambda: tcdb_async.Client(*sys.argv[2:4], region="r", max_attempts=99),
        lambda: tcdb_async.Client(*sys.argv[2:4], region="r", proxy=sys.argv[4]),
        lambda: tcdb_async.Client(*sys.argv[2:4], token=sys.argv[3] + "\0"),
        lambda: tcdb_async.Client(*sys.argv[2:4], region="a\0b"),
        lambda: tcdb_async.Client(sys.argv[2], sys.argv[3] + "\0", region="r"),
        lambda: tcdb_async.Client(sys.argv[2], sys.argv[3] + "\udc80", region="r"),
        lambda: tcdb_async.Client(sys.argv[2], sys.argv[3] + " ", region="r"),
        lambda: tcdb_async.Credentials(*sys.argv[2:4], 5),
    ]
    say(json.dumps([shown(attempt) for attempt in attempts]))


def shown(attempt):
    import traceback

    try:
        attempt()
    except Exception as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return "no failure"


def debugger():
    import io
    import pdb

    asked = io.StringIO()
    session = pdb.Pdb(stdin=io.StringIO("next\nnext\nnext\ncontinue\n"), stdout=asked, nosigint=True, readrc=False)
    asker = client()
    session.set_trace()
    info = asker.wait(DONE, on_poll=print)
    session.set_continue()
    # It leaves itself, and with it the frames that it has seen, on the program's outermost frame.
    session.botframe.f_trace = None
    say(info.status.value)


def calls():
    """A client that has done everything has what it had."""
    asker = client()
    asker.describe_async_request_info(DONE)
    amid = left.now()
    for _ in range(20):
        asker.describe_async_request_info(DONE)
        asker.wait(DONE)
        try:
            asker.wait(RUNNING, timeout=0)
        except tcdb_async.WaitTimeout:
            pass
    say(json.dumps(left.since(amid)))


def say_what_is_left():
    say(json.dumps(left.since(before)))


how = sys.argv[1]
before = left.now()
if how == "query from __del__ at exit":
    kept = AtExit()
elif how == "query from a suspended generator at exit":
    kept = suspended()
    next(kept)
else:
    globals()[how]()
    say_what_is_left()
