"""Python values as C takes them. Refused here is what ctypes would cut, wrap around or print."""

from __future__ import annotations

import sys
from math import ceil, isnan
from operator import index
from os import fsencode

from ._errors import invalid
from ._ffi import STATUSES
from ._results import NUMBERS, Status
from ._secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from datetime import timedelta
    from typing import Optional, Union

    from typing_extensions import TypeIs

    Seconds = Union[float, timedelta]

UINT32_MAX = 0xFFFF_FFFF
UINT64_MAX = 0xFFFF_FFFF_FFFF_FFFF


def text(name: str, value: str) -> bytes:
    """UTF-8 without a NUL, at which ctypes would cut it silently."""
    if not isinstance(value, str):
        raise _wrong_type(name, "str", value)
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise invalid(f"{name} holds a lone surrogate") from None
    return _without_nul(name, encoded)


def optional_text(name: str, value: Optional[str]) -> Optional[bytes]:
    return None if value is None else text(name, value)


def secret(name: str, value: Secret) -> Secret:
    """As `text`, for what no message and no frame's variable may show."""
    if not value.is_text:
        raise TypeError(f"{name} must be str, not {value.type_name}")
    if value.holds("\0"):
        raise invalid(f"{name} holds a NUL character")
    return value.encoded()


def optional_secret(name: str, value: Secret) -> Secret:
    return value if value.is_none else secret(name, value)


def optional_path(name: str, value: Union[str, os.PathLike[str], None]) -> Optional[bytes]:
    if value is None:
        return None
    try:
        encoded = fsencode(value)
    except TypeError:
        raise _wrong_type(name, "str or a path", value) from None
    except UnicodeEncodeError:
        raise invalid(f"{name} cannot be encoded as a file name") from None
    return _without_nul(name, encoded)


def _without_nul(name: str, encoded: bytes) -> bytes:
    if b"\0" in encoded:
        raise invalid(f"{name} holds a NUL character")
    return encoded


def uint32(name: str, value: int) -> int:
    """A number that ctypes would wrap around."""
    number = integer(name, value)
    if not 0 <= number <= UINT32_MAX:
        raise invalid(f"{name} is out of range: {number}")
    return number


def integer(name: str, value: int) -> int:
    """A Python number, also from NumPy's scalars, whose arithmetic wraps around."""
    try:
        return int(index(value))
    except TypeError:
        raise _wrong_type(name, "int", value) from None


def _is_timedelta(value: object) -> TypeIs[timedelta]:
    # Not imported for this: whoever has a timedelta has imported it.
    module = sys.modules.get("datetime")
    return module is not None and isinstance(value, module.timedelta)


def seconds(name: str, value: Seconds) -> float:
    """A Python number of seconds, from any kind of number or a timedelta."""
    if _is_timedelta(value):
        return value.total_seconds()
    try:
        # float() alone would take texts.
        number = float(value) if hasattr(type(value), "__float__") else float(index(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _wrong_type(name, "a number of seconds or a timedelta", value) from None
    except OverflowError:
        raise invalid(f"{name} is out of range") from None
    if isnan(number):
        raise invalid(f"{name} is not a number")
    return number


def milliseconds(name: str, value: Seconds, largest: int = UINT32_MAX) -> int:
    """Seconds in whole milliseconds, rounded up so that a short time does not become none."""
    number = seconds(name, value)
    if not 0 <= number <= largest / 1000:
        raise invalid(f"{name} is out of range: {number:g}")
    return min(ceil(number * 1000), largest)


def timeout_milliseconds(name: str, value: Optional[Seconds]) -> int:
    """As `milliseconds`; None and infinity: no limit."""
    if value is None or seconds(name, value) == float("inf"):
        return UINT64_MAX
    return milliseconds(name, value, UINT64_MAX - 1)


def interval_milliseconds(interval: Union[Seconds, tuple[Seconds, Seconds], None]) -> tuple[int, int]:
    """The first and the longest pause; zeros for the defaults."""
    if interval is None:
        return 0, 0
    pair = interval if isinstance(interval, (tuple, list)) else (interval, interval)
    if len(pair) != 2:
        raise invalid(f"interval must be one number of seconds or two, not {len(pair)}")
    first, longest = (milliseconds("interval", each) for each in pair)
    if not first or not longest:
        raise invalid("interval is 0")
    if longest < first:
        raise invalid(
            f"interval is to grow: its second number, {longest / 1000:g}, is below the first, {first / 1000:g}"
        )
    return first, longest


def status_numbers(stop_on: Union[Status, str, Iterable[Union[Status, str]]]) -> list[int]:
    """The numbers of one status or several."""
    several = [stop_on] if isinstance(stop_on, str) else stop_on
    try:
        return [NUMBERS[Status(each)] for each in several]
    except ValueError:
        pass
    except TypeError:
        raise _wrong_type("stop_on", "a Status or several", stop_on) from None
    known = ", ".join(name[len("TCDB_STATUS_") :] for name in STATUSES)
    raise invalid(f"stop_on must be one of {known}, or several of them")


def function(name: str, value: object) -> None:
    if value is not None and not callable(value):
        raise _wrong_type(name, "a function", value)


def _wrong_type(name: str, wanted: str, value: object) -> TypeError:
    return TypeError(f"{name} must be {wanted}, not {type(value).__name__}")
