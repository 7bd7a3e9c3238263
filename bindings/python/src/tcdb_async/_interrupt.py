"""How Ctrl-C gets through a native call.

Python runs signal handlers between bytecodes of its main thread alone, so a main thread inside native code hears
nothing until the call is over. Here the main thread gives the call to a thread of its own and waits for it on a lock,
which a signal interrupts. Other threads never run handlers and call directly.

The thread is kept for the next call: starting one each time would double a warm query's CPU time.
"""

from __future__ import annotations

import os
import sys
from _thread import LockType, allocate_lock, get_ident, get_native_id, start_new_thread
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, TypeVar

    T = TypeVar("T")

# Cancelling takes milliseconds. Whatever holds it up, Ctrl-C comes first: the work holds what it needs by itself.
LONGEST_CANCEL = 0.5


def interruptible(work: Callable[[], T], cancel: Optional[Callable[[], None]] = None) -> T:
    """Returns `work()`. If an exception interrupts the waiting, `cancel()` ends the work, which is then awaited.

    Without `cancel` the work is left to end by itself. The work hands out Python objects only: an interruption may drop
    its result.
    """
    if not _may_run_signal_handlers():
        return work()
    thread = None
    try:
        thread = _idle_or_new()
        if thread is None:
            return work()
        thread.begin(work)
        thread.done.acquire()
    except BaseException:
        if cancel is not None:
            cancel()
        if thread is not None:
            thread.retire()
            if cancel is not None:
                thread.done.acquire(timeout=LONGEST_CANCEL)
        raise
    result: T = thread.take_outcome()
    return result


def _may_run_signal_handlers() -> bool:
    """Not where it is certain that this is no main thread. Does not import threading, which costs a millisecond."""
    threading = sys.modules.get("threading")
    return threading is None or threading.main_thread().ident == get_ident()


def _idle_or_new() -> Optional[_CallThread]:
    """None where no thread can be had: at interpreter exit, or out of resources."""
    try:
        return _idle.pop()
    except IndexError:
        thread = _CallThread()
    try:
        start_new_thread(thread.serve, ())
    except RuntimeError:
        return None
    return thread


class _CallThread:
    """A thread that does one piece of work after another. A bare one: interpreter exit does not wait for it."""

    __slots__ = ("_begun", "_error", "_result", "_work", "done", "native_id")

    def __init__(self) -> None:
        self._work: Optional[Callable[[], Any]] = None
        self._result: Any = None
        self._error: Optional[BaseException] = None
        self.native_id = 0
        self._begun, self.done = allocate_lock(), allocate_lock()
        self._begun.acquire()
        self.done.acquire()

    def begin(self, work: Callable[[], Any]) -> None:
        self._work = work
        _release(self._begun)

    def retire(self) -> None:
        """The thread ends after the work under way; work that it has not looked at yet is not begun."""
        self.begin(_end_of_thread)

    def serve(self) -> None:
        self.native_id = get_native_id()
        while True:
            self._begun.acquire()
            work, self._work = self._work, None
            if work is None or work is _end_of_thread:
                # An exception that nobody took holds this frame, and so itself and all that the work used.
                self._result = self._error = None
                _release(self.done)
                return
            try:
                self._result = work()
            except BaseException as error:
                self._error = error
            # Nothing stays alive for the sake of an idle thread.
            del work
            _release(self.done)

    def take_outcome(self) -> Any:
        """The work's result or exception; the thread is free for the next."""
        result, error = self._result, self._error
        self._result = self._error = None
        _idle.append(self)
        if error is None:
            return result
        try:
            raise error
        finally:
            # A traceback that refers to its own exception would live until the garbage collector comes.
            del error


def _end_of_thread() -> None:
    """Stands for no work."""


def _release(lock: LockType) -> None:
    """After an interruption a lock may be free already."""
    try:
        lock.release()
    except RuntimeError:
        pass


_idle: list[_CallThread] = []


def _retire_idle() -> None:
    """No idle thread takes part in a fork: the child would have lost it, and Python warns of threads there."""
    while _idle:
        thread = _idle.pop()
        thread.retire()
        task = f"/proc/self/task/{thread.native_id}"
        for _ in range(100):
            if not os.path.exists(task):
                break
            sleep(0.0001)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_retire_idle)
