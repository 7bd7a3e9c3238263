"""Signals that end the command line, and when they do."""

from __future__ import annotations

import signal
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Optional


class Terminated(BaseException):
    """SIGTERM."""


_is_deferred = False
_came: Optional[int] = None


def install() -> None:
    """SIGINT and SIGTERM become exceptions. One that is ignored, as in the background of a script, stays ignored."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, _on_signal)


@contextmanager
def deferred() -> Iterator[None]:
    """A signal that comes meanwhile ends the program afterwards. Nothing that may block is for within."""
    global _is_deferred, _came
    _is_deferred = True
    try:
        yield
    finally:
        _is_deferred = False
        came, _came = _came, None
        if came is not None:
            _end(came)


def _on_signal(number: int, _: object) -> None:
    global _came
    if _is_deferred:
        _came = number
    else:
        _end(number)


def _end(number: int) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated
