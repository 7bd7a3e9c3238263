"""Ownership of native objects."""

from __future__ import annotations

from os import getpid

from ._errors import take_error
from ._ffi import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class Handle:
    """Owns one native object and frees it with its last reference.

    A call holds a reference for as long as it runs, so nothing is freed under it, and no lock is needed. A forked
    child frees nothing: the parent's threads may have held locks at the fork.
    """

    __slots__ = ("_free", "_process", "pointer")

    pointer: int

    def __init__(self, pointer: int, free: Callable[[int], None]) -> None:
        self.pointer = pointer
        self._free = free
        self._process = getpid()

    def is_own(self) -> bool:
        """Whether this process made it."""
        return self._process == getpid()

    def __del__(self, getpid: Callable[[], int] = getpid) -> None:
        # At interpreter exit the module's names may be gone: everything is reached through the object.
        if self._process == getpid():
            self._free(self.pointer)


def make(free: Callable[[int], None], function: Callable[..., int], *arguments: Any) -> Handle:
    """Calls a function that makes an object."""
    code, pointer, error = call(function, *arguments)
    if code or pointer is None:
        raise take_error(code, error)
    return Handle(pointer, free)
