"""Functions of the program's that the library calls inside its own calls, on their thread.

Two things make them dangerous, and are dealt with here. An exception that leaves one is lost, as ctypes has nowhere to
put it, and a signal handler may raise one at any bytecode. So what C calls is made of C callables up to a generator
that waits inside a `try`: there handlers run, and what is raised is kept for the end of the native call. And Python
ends every other thread that comes back to it while the interpreter exits, which must not happen below a native call. So
before that the clients concerned are shut down, and their calls are waited for.
"""

from __future__ import annotations

import atexit
import os
import sys
from _thread import get_ident
from _weakref import ref
from operator import methodcaller

from ._ffi import lib
from ._threads import IS_MAIN_INTERPRETER, allocate_lock, runs_signal_handlers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Generator, Sequence
    from typing import Any, Callable, Optional, Union

    from ._handle import Owned
    from ._wait_queue import WaitQueue

# What most objects keep.
NOTHING: Sequence[object] = ()
# Of the generators of a pool, for threads that call at once.
READY = 4


class Pool(list["Callable[..., int]"]):
    """A callable that hands what it is called with to a generator. Up to there it runs no bytecode."""

    __slots__ = ("__weakref__", "_adapt", "_parameters", "_work")

    def __init__(
        self, work: Callable[..., object], parameters: int, adapt: Callable[[Callable[[Any], int]], Callable[..., int]]
    ) -> None:
        """Calls `work` with as many parameters as are sent. adapt: from a `send` to what can be called as C does."""
        if not IS_MAIN_INTERPRETER:
            raise RuntimeError("the library cannot call functions of a sub-interpreter")
        super().__init__()
        self._work, self._parameters, self._adapt = work, parameters, adapt
        self._fill()

    if TYPE_CHECKING:

        def __call__(self, *given: Any) -> object: ...

    else:
        # What is called is what this gives: the last in the list, which it leaves.
        __call__ = property(methodcaller("pop"))

    def _fill(self) -> None:
        while len(self) < READY:
            # The pool holds them, not they the pool: it goes with the last reference.
            generator = _serve(ref(self), self._work, self._parameters)
            # Not one that an exception has spent already.
            if next(generator):
                self.append(self._adapt(generator.send))


def _serve(pool: ref[Pool], work: Callable[..., object], parameters: int) -> Generator[bool, Any, None]:
    """Serves one call: what C has called cannot be left early, so whatever happens it ends at a `yield`."""
    given: list[Any] = []
    rest = [False] * parameters
    try:
        try:
            for _ in range(parameters):
                # Here signal handlers run.
                given.append((yield not given))
            _fill(pool)
            work(*given)
            yield False
        except GeneratorExit:
            return
        except BaseException as raised:
            _fill(pool)
            _keep(raised)
    except BaseException as raised:
        _fill(pool)
        _keep(raised)
        if isinstance(raised.__context__, GeneratorExit):
            # A handler ran while it was being closed, which Python 3.10 and before let happen.
            return
    # What is sent after an exception is dropped.
    for _ in rest:
        yield False


def _fill(pool: ref[Pool]) -> None:
    others = pool()
    if others is not None:
        others._fill()


# By thread: what was raised inside a native call that has not returned yet.
raised_inside: dict[int, BaseException] = {}


def _keep(raised: BaseException) -> None:
    generator = sys._getframe(1)
    if generator.f_back is None:
        # A thread of a wait queue: Python reports what it cannot raise.
        raise raised
    # Without the generator's frame.
    raised_inside[get_ident()] = raised.with_traceback(raised.__traceback__ and raised.__traceback__.tb_next)


def raise_kept() -> None:
    """Raises what was raised inside the native call of this thread that has returned."""
    raised = raised_inside.pop(get_ident(), None)
    if raised is not None:
        try:
            raise raised
        finally:
            # A frame that refers to the exception that refers to it lives until the garbage collector comes.
            del raised


# Calls on other threads: what is released when one ends, the functions that it may call, and what has the client.
_calls: list[tuple[LockType, Sequence[object], Union[Owned, ref[WaitQueue]]]] = []
_interpreter_exits = False


def call(keeps: Sequence[object], function: Callable[..., int], *arguments: Any) -> int:
    """Calls a native function that may call the functions in `keeps`."""
    if keeps is NOTHING:
        return function(*arguments)
    if runs_signal_handlers():
        code = function(*arguments)
    else:
        # Also where there are none yet: a client's list may grow meanwhile.
        entry = (_taken_lock(), keeps, arguments[0])
        _calls.append(entry)
        try:
            _end_thread_at_exit(keeps)
            code = function(*arguments)
        finally:
            if entry in _calls:
                _calls.remove(entry)
            entry[0].release()
        _end_thread_at_exit(keeps)
    if raised_inside:
        raise_kept()
    return code


def _taken_lock() -> LockType:
    lock: LockType = allocate_lock()
    lock.acquire()
    return lock


def _end_thread_at_exit(keeps: Sequence[object]) -> None:
    if is_too_late(keeps):
        # Python would end this thread wherever it is; so it ends in order, and as silently.
        raise SystemExit


def add_thread(end: LockType, keeps: Sequence[object], queue: WaitQueue) -> None:
    """A thread that makes native calls until it releases `end`; none is to be started while the interpreter exits."""
    _calls[:] = [each for each in _calls if each[0].locked()]
    _calls.append((end, keeps, ref(queue)))


def is_too_late(keeps: Sequence[object]) -> bool:
    """Whether the interpreter exits, so that no other thread may call these functions."""
    return bool(keeps) and _interpreter_exits


def _end_calls() -> None:
    global _interpreter_exits
    _interpreter_exits = True
    under_way = [each for each in _calls if each[1] and each[0].locked()]
    for _, _, owner in under_way:
        # Never by a weak reference to what has a __del__: that may be running, with the object freed already.
        held = owner() if isinstance(owner, ref) else owner
        client = getattr(held, "client", None)
        if client is not None:
            lib.tcdb_client_shutdown(client)
    for end, _, _ in under_way:
        end.acquire()
        end.release()


def _forget_the_parents_calls() -> None:
    # Its threads are not in the child, and never end there.
    _calls.clear()


# Early, so that it is one of the last: functions that the program registers may still ask.
atexit.register(_end_calls)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parents_calls)


def kept_by(arguments: tuple[Any, ...]) -> Sequence[object]:
    """What has to live as long as what is made of these arguments."""
    found: Optional[Sequence[object]] = None
    for each in arguments:
        keeps = getattr(each, "keeps", ())
        if keeps is not NOTHING:
            # One list, as long as it may still grow.
            found = keeps if found is None else [*found, *keeps]
    return NOTHING if found is None else found
