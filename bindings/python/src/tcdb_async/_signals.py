"""How signal handlers run while the main thread waits in a native call.

Python runs the handlers of signals between bytecodes of its main thread alone, so on a main thread inside native code
none runs until the call is over. The library calls a progress function about ten times a second, on the same thread:
here that is a generator. Python looks for signals when it resumes one, so the handlers run inside its `try`, where an
exception of theirs is caught and kept; one that left the function would be lost, as ctypes has nowhere to put it.

Other threads never run handlers, and get no progress function: at interpreter exit Python ends threads that come back
to it, and must not do so below a native call.
"""

from __future__ import annotations

from _thread import get_ident
from functools import partial

from ._errors import read_error
from ._ffi import CODES, lib, progress_function
from ._functions import call, raise_kept, raised_inside
from ._handle import Owned
from ._results import read_result
from ._threads import runs_signal_handlers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, Callable, Optional, Union

    from ._errors import TcdbError
    from ._results import AsyncRequestInfo

    Outcome = Union[AsyncRequestInfo, TcdbError]

CANCELLED, WAIT_TIMEOUT = CODES["TCDB_ERR_CANCELLED"], CODES["TCDB_ERR_WAIT_TIMEOUT"]


class _Watch:
    """A progress function that runs signal handlers and the program's own work, and keeps what they raise."""

    __slots__ = ("_generator", "function", "raised", "work")

    def __init__(self) -> None:
        self.work: Optional[Callable[[], object]] = None
        self.raised: Optional[BaseException] = None
        self._generator = self._watch()
        # A handler may run as early as here: what it raises is kept, and the wait is over at its first turn.
        next(self._generator, 1)
        # Once the generator has returned, `next` answers 1, which ends the wait.
        self.function: Any = progress_function(partial(next, self._generator, 1))

    def _watch(self) -> Generator[int, None, None]:
        # Between the catching of an exception and the return only Python 3.9 looks for signals: the second `try`.
        try:
            try:
                while True:
                    yield 0
                    if raised_inside and get_ident() in raised_inside:
                        # By a function that was called inside this call: it is over.
                        return
                    if self.work is not None:
                        self.work()
            except BaseException as raised:
                self.raised = raised
        except BaseException as raised:
            self.raised = raised


# More than one where a signal handler or the program's work makes a call in turn.
_idle: list[_Watch] = []


def run(
    waiter: Owned, async_request_id: str, work: Optional[Callable[[], object]] = None, *, one_answer: bool = False
) -> Outcome:
    """Runs a waiter to its end, on the main thread with signal handlers and `work()` in between.

    one_answer: the waiter is a query, so an answer that is not an ending is an answer all the same. Raises what a
    handler or `work` raises; the wait is over then.
    """
    result, error = Owned("tcdb_result_free"), Owned("tcdb_error_free")
    if not runs_signal_handlers():
        code = call(waiter.keeps, lib.tcdb_waiter_run, waiter, None, None, result.place(), error.place())
    else:
        code = _run_watched(waiter, work, result, error)
    if not code:
        info = read_result(result, async_request_id)
        if info is not None:
            return info
    failure = read_error(code, error, async_request_id)
    if one_answer and code == WAIT_TIMEOUT and failure.last is not None:
        return failure.last
    return failure


def _run_watched(waiter: Owned, work: Optional[Callable[[], object]], result: Owned, error: Owned) -> int:
    watch = _idle.pop() if _idle else _Watch()
    watch.work = work
    try:
        code: int = lib.tcdb_waiter_run(waiter, watch.function, None, result.place(), error.place())
    finally:
        raised, watch.work, watch.raised = watch.raised, None, None
        if raised is None:
            if raised_inside:
                raise_kept()
            _idle.append(watch)
        else:
            try:
                # Without the generator's frame.
                raise raised.with_traceback(raised.__traceback__ and raised.__traceback__.tb_next)
            finally:
                # A frame that refers to the exception that refers to it lives until the garbage collector comes.
                del raised
    return code
