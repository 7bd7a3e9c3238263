"""Ends while calls are under way in daemon threads: exits.py HOW."""

import atexit
import os
import sys
import threading
import time

import tcdb_async

how = sys.argv[1]
task = "00000002-5eed5eed-5eed5eed-5eed5eed"
options = {"endpoint": os.environ["TEST_ENDPOINT"], "ca_file": os.environ["TEST_CA"]}
client = tcdb_async.Client.from_env(**options)
waiter = client.start_wait(task)


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


def interrupt_the_main_thread():
    import signal

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        client.describe_async_request_info(task)
    except Stop:
        pass


for target in (client.describe_async_request_info, client.wait):
    threading.Thread(target=target, args=(task,), daemon=True).start()
threading.Thread(target=waiter.run, daemon=True).start()
interrupt_the_main_thread()
time.sleep(0.2)
if how == "sys.exit":
    sys.exit(0)
if how == "waits at exit":

    @atexit.register
    def at_exit():
        try:
            tcdb_async.Client.from_env(total_timeout=0.5, max_attempts=1, **options).describe_async_request_info(task)
        except tcdb_async.RequestTimeout:
            pass


if how == "raises":
    sys.excepthook = lambda *_: sys.stderr.write("the program's own exception\n")
    raise Stop
