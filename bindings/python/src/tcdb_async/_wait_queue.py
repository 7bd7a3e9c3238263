"""Many waits at once: the native wait queue, and the threads that run it.

A thread of the queue is a loop made of C callables alone: it runs no bytecode, so neither the program's finalizers nor
its signal handlers ever run there. All signals are blocked on it.
"""

from __future__ import annotations

from collections import deque
from ctypes import byref, c_uint64
from ctypes import c_int32 as c_int
from itertools import chain, repeat, starmap, takewhile
from operator import not_

from ._arguments import UINT32_MAX, interval_milliseconds, status_numbers, text
from ._errors import closed, make, read_error
from ._ffi import CODES, lib
from ._functions import add_thread, is_too_late
from ._handle import Owned, owned
from ._results import read_result
from ._threads import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from _thread import LockType
    from typing import Optional

    from ._client import Interval, StopOn
    from ._signals import Outcome
else:
    import _signal

WAIT_TIMEOUT = CODES["TCDB_ERR_WAIT_TIMEOUT"]


class Event:
    """What became of a task of a queue: a new status, or its end."""

    __slots__ = ("_event", "is_final", "task")

    def __init__(self, event: Owned) -> None:
        self._event = event
        self.task: int = lib.tcdb_wait_event_task(event)
        self.is_final = bool(lib.tcdb_wait_event_is_final(event))

    def outcome(self, async_request_id: str, *, one_answer: bool = False) -> Outcome:
        """The answer or the failure. one_answer: the task is a query, so any answer is its outcome."""
        info = read_result(owned("tcdb_result_free", lib.tcdb_wait_event_result, self._event), async_request_id)
        if info is not None:
            return info
        code = lib.tcdb_wait_event_code(self._event)
        failure = read_error(code, owned("tcdb_error_free", lib.tcdb_wait_event_error, self._event), async_request_id)
        if one_answer and code == WAIT_TIMEOUT and failure.last is not None:
            return failure.last
        return failure


class WaitQueue:
    """A queue of one client, and its threads, which end with the client's shutdown."""

    __slots__ = ("__weakref__", "_ends", "_queue", "_threads")

    def __init__(self, client: Owned, threads: int) -> None:
        self._queue = make("tcdb_wait_queue_free", lib.tcdb_wait_queue_new, client, None)
        self._queue.client = client
        self._threads = threads
        # One for each thread, released by it when it ends.
        self._ends: list[LockType] = []

    def add(self, async_request_id: str, timeout_ms: int, options: Owned) -> int:
        """Adds a task and returns its number."""
        if self._queue.pointer is None or is_too_late(self._queue.keeps):
            raise closed()
        task, error = c_uint64(), Owned("tcdb_error_free")
        encoded = text("async_request_id", async_request_id)
        code = lib.tcdb_wait_queue_add(self._queue, encoded, timeout_ms, options, None, byref(task), error.place())
        if code:
            raise read_error(code, error)
        return task.value

    def start_thread(self) -> bool:
        """Starts one more thread if there are tasks for it. False: there are not, or the system has no thread left."""
        if len(self._ends) >= min(self._threads, self.pending()) or is_too_late(self._queue.keeps):
            return False
        try:
            self._start_thread()
        except RuntimeError:
            # The system has none left.
            if not self._ends:
                raise
            return False
        return True

    def _start_thread(self) -> None:
        end = allocate_lock()
        end.acquire()
        runs = starmap(lib.tcdb_wait_queue_run, repeat((self._queue, UINT32_MAX, None)))
        work = chain(takewhile(not_, runs), starmap(end.release, ((),)))
        with _signals_blocked():
            start_new_thread(deque, (work, 0))
        self._ends.append(end)
        add_thread(end, self._queue.keeps, self)

    @property
    def client(self) -> Optional[Owned]:
        return self._queue.client

    def let_go(self) -> Owned:
        """Gives up the native queue and with it the client, whose threads have them until they end; returns it."""
        given_up, self._queue = self._queue, Owned("tcdb_wait_queue_free")
        return given_up

    def has_threads(self) -> bool:
        """Whether one of its threads has not ended yet."""
        return any(end.locked() for end in self._ends)

    def next(self, max_sleep_ms: int) -> Optional[Event]:
        """The oldest event, or None; sleeps for at most so long."""
        event, error = Owned("tcdb_wait_event_free"), Owned("tcdb_error_free")
        code = lib.tcdb_wait_queue_next(self._queue, max_sleep_ms, event.place(), error.place())
        if code:
            raise read_error(code, error)
        return Event(event) if event.pointer else None

    def cancel(self, task: int) -> None:
        lib.tcdb_wait_queue_cancel(self._queue, task)

    def pending(self) -> int:
        number: int = lib.tcdb_wait_queue_pending(self._queue)
        return number

    def descriptor(self) -> int:
        """Readable while events wait."""
        number, error = c_int(), Owned("tcdb_error_free")
        code = lib.tcdb_wait_queue_descriptor(self._queue, byref(number), error.place())
        if code:
            raise read_error(code, error)
        return number.value


def task_options(interval: Optional[Interval] = None, stop_on: StopOn = (), *, changes: bool = False) -> Owned:
    """How a task is waited for."""
    first, longest = interval_milliseconds(interval)
    numbers = status_numbers(stop_on)
    options = owned("tcdb_wait_options_free", lib.tcdb_wait_options_new)
    lib.tcdb_wait_options_set_interval_ms(options, first, longest)
    for number in numbers:
        lib.tcdb_wait_options_set_stop_on(options, number)
    lib.tcdb_wait_options_set_changes(options, int(changes))
    return options


class _signals_blocked:
    """A thread inherits the signals that are blocked where it is started."""

    # By numbers: `signal` makes an enumeration's member of each, which takes longer than the thread.
    def __enter__(self) -> None:
        if hasattr(_signal, "pthread_sigmask"):
            self._before = _signal.pthread_sigmask(_signal.SIG_SETMASK, _signal.valid_signals())

    def __exit__(self, *_: object) -> None:
        if hasattr(_signal, "pthread_sigmask"):
            _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)
