"""Ownership of native objects.

An exception that a signal handler raises inside a `__del__` written in Python is swallowed. So what frees an object is
made of C callables alone: between them Python runs no bytecode, and so no signal handler.
"""

from __future__ import annotations

import os
from ctypes import byref, c_void_p
from functools import partial
from itertools import starmap
from operator import attrgetter, methodcaller

from ._ffi import FREES, lib
from ._functions import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable, Optional


class _Process:
    """The functions that free native objects, by name, for the objects of one process."""

    def __init__(self) -> None:
        for name in FREES:
            setattr(self, name, getattr(lib, name))

    def free_nothing(self) -> None:
        for name in FREES:
            setattr(self, name, bool)


class Owned:
    """Owns one native object, or the place for one, and frees it with the last reference.

    A call takes the owner as its argument and so holds a reference for as long as it runs: nothing is freed under it,
    and no lock is needed. A forked child frees nothing: the parent's threads may have held locks at the fork.
    """

    __slots__ = ("_as_parameter_", "_finish", "_process", "client", "keeps")

    client: Optional[Owned]
    """Of a waiter or queue: its client."""
    keeps: Sequence[object]
    """C functions that the object calls. A client's is a list that its waits share, and grows."""

    def __init__(self, free: str) -> None:
        self._process = _process
        self.keeps = NOTHING
        self.client = None
        # What ctypes passes on for this object.
        self._as_parameter_ = c_void_p()
        self._finish: Callable[[], Any] = partial(methodcaller(free, self._as_parameter_), _process)

    if not TYPE_CHECKING:
        __del__ = property(attrgetter("_finish"))

    @property
    def pointer(self) -> Optional[int]:
        return self._as_parameter_.value

    def place(self) -> Any:
        """For a parameter `out` or `error`."""
        return byref(self._as_parameter_)

    def is_own(self) -> bool:
        """Whether this process made it."""
        return self._process is _process


def owned(free: str, function: Callable[..., Optional[int]], *arguments: Any) -> Owned:
    """Owns what a function returns. The pointer goes into its place without a bytecode in between."""
    made = Owned(free)
    any(map(partial(setattr, made._as_parameter_, "value"), starmap(function, (arguments,))))
    return made


def _forget_the_parents_objects() -> None:
    global _process
    _process.free_nothing()
    _process = _Process()


_process = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parents_objects)
