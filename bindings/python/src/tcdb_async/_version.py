"""Which package this is, and which library it has loaded."""

from __future__ import annotations

from ._ffi import lib, text

__version__ = "0.2.0"


def library_version() -> str:
    """The version of the loaded library."""
    return text(lib.tcdb_version()) or ""


def library_path() -> str:
    """Where the library was loaded from: a path, or the name that the system's loader was given."""
    return lib.path


def live_objects() -> int:
    """For leak tests: how many native objects were handed out and not freed, in the whole process."""
    number: int = lib.tcdb_live_objects()
    return number
