"""What the command line is given: durations, and ids from its arguments and from standard input."""

from __future__ import annotations

import argparse
import re
import sys

from ._errors import invalid

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_PART = re.compile(r"\s*(\d+)(ms|[smhd])")
# From a # at the start of a line or after a blank.
_COMMENT = re.compile(r"(?:^|\s)#.*")


def duration(text: str) -> float:
    """Seconds: `90s`, `10m`, `1h 30m`; a bare number is in seconds."""
    if re.fullmatch(r"\s*-.*\d.*", text):
        raise argparse.ArgumentTypeError(f"{text} is negative")
    if re.fullmatch(r"\d+\.?\d*|\.\d+", text):
        return float(text)
    if re.fullmatch(rf"(?:{_PART.pattern})+\s*", text):
        return sum(int(number) * UNITS[unit] for number, unit in _PART.findall(text))
    raise argparse.ArgumentTypeError(f"not a duration like 90s, 10m or 1h30m: {text}")


def ids(words: list[str]) -> list[str]:
    """`-` means the lines of standard input, without comments and the blanks around them; empty ones are skipped."""
    found: list[str] = []
    is_read = False
    for word in words:
        if word != "-":
            found.append(word)
        elif not is_read:
            is_read = True
            lines = (_COMMENT.sub("", line).strip() for line in _standard_input().splitlines())
            found += [line for line in lines if line]
    if not found:
        raise invalid("standard input has no async request id")
    return found


def _standard_input() -> str:
    if sys.stdin is None:
        raise invalid("standard input is closed")
    try:
        # Editors and shells of Windows put a byte order mark first.
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("read standard input: it is not UTF-8") from None
    except OSError as error:
        raise invalid(f"read standard input: {error.strerror or error}") from None
