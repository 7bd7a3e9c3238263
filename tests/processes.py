"""Programs that end with whoever started them, whatever way that ends: each is the leader of a process group of its own,
and the group is killed with everything that the program has started."""
import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading

_started = set()


@contextlib.contextmanager
def _signals_deferred():
    """What SIGINT and SIGTERM raise is raised afterwards: a program that is being started is not known yet."""
    came, before = [], {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                # A program inherits what is ignored, no handler.
                if callable(signal.getsignal(number)):
                    before[number] = signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def start(command, **options):
    """subprocess.Popen; end() it, else it ends with this process."""
    with _signals_deferred():
        process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
        _started.add(process)
    return process


def kill(process):
    """Kills what is left of the program and of what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end(process):
    """Kills it with all that it has started, and closes the pipes to it."""
    kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        try:
            if pipe:
                pipe.close()
        except OSError:  # a last line that has no reader any more
            pass
    _started.discard(process)


def run(command, *, timeout=60, text=True, **options):
    """subprocess.run with the output captured; a program that takes too long is killed with all that it has started."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start(command, text=text, **{**pipes, **options})
    try:
        out, errors = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(process.args, process.returncode, out, errors)
    finally:
        end(process)


def end_all():
    for process in list(_started):
        end(process)


def interruptible():
    """Ctrl-C works here and in every program started from here, also where this was started in the background by a
    script: such a process inherits that SIGINT is ignored, and hands it on. A request to end ends the programs first."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if hasattr(os, "register_at_fork"):
        # A forked worker that is ended just before it reads on would not run a handler any more: multiprocessing's Pool
        # waits for it for ever then.
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    atexit.register(end_all)
