"""Signals that end the command line, and when they do."""

from __future__ import annotations

import signal
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Optional


class Terminated(BaseException):
    """SIGTERM."""


_is_deferred = False
_is_cut_off = False
_came: Optional[int] = None


def install() -> None:
    """SIGINT and SIGTERM become exceptions. One that is ignored, as in the background of a script, stays ignored."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, _on_signal)


@contextmanager
def deferred() -> Generator[None, None, None]:
    """A signal that comes meanwhile ends the program afterwards; the second one ends it at once."""
    global _is_deferred, _came
    _is_deferred = True
    try:
        yield
    finally:
        _is_deferred = False
        came, _came = _came, None
        if came is not None:
            _end(came)


def is_cut_off() -> bool:
    """Whether a second signal ended what would have been whole after the first."""
    return _is_cut_off


def _on_signal(number: int, _: object) -> None:
    global _came, _is_cut_off
    if _is_deferred and _came is None:
        _came = number
        return
    _is_cut_off = _is_deferred
    _end(number)


def _end(number: int) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated
