"""Python values as C takes them. What ctypes would cut, wrap around or print is refused here; the rest C judges."""

from __future__ import annotations

from math import ceil
from os import fsencode

from ._errors import invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Optional, Union

UINT32_MAX = 0xFFFF_FFFF
UINT64_MAX = 0xFFFF_FFFF_FFFF_FFFF


def text(name: str, value: str) -> bytes:
    """UTF-8 without a NUL, at which ctypes would cut it silently. The value may be a secret: no message shows it."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise invalid(f"{name} holds a lone surrogate") from None
    return _without_nul(name, encoded)


def optional_text(name: str, value: Optional[str]) -> Optional[bytes]:
    return None if value is None else text(name, value)


def optional_path(name: str, value: Union[str, os.PathLike[str], None]) -> Optional[bytes]:
    return None if value is None else _without_nul(name, fsencode(value))


def _without_nul(name: str, encoded: bytes) -> bytes:
    if b"\0" in encoded:
        raise invalid(f"{name} holds a NUL character")
    return encoded


def uint32(name: str, value: int) -> int:
    """A number that ctypes would wrap around."""
    if not isinstance(value, int):
        raise TypeError(f"{name} must be int, not {type(value).__name__}")
    if not 0 <= value <= UINT32_MAX:
        raise invalid(f"{name} is out of range: {value}")
    return value


def milliseconds(name: str, seconds: float, largest: int = UINT32_MAX) -> int:
    """Seconds in whole milliseconds, rounded up so that a short time does not become none."""
    if not 0 <= seconds <= largest / 1000:
        raise invalid(f"{name} is out of range: {seconds}")
    return min(ceil(seconds * 1000), largest)


def timeout_milliseconds(name: str, seconds: Optional[float]) -> int:
    """As `milliseconds`; None and infinity: no limit."""
    if seconds is None or seconds == float("inf"):
        return UINT64_MAX
    return milliseconds(name, seconds, UINT64_MAX - 1)
