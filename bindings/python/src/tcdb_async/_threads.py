"""Which thread this is, and threads and locks of the system."""

from __future__ import annotations

import _thread
import ctypes
import os
import sys
from _thread import get_ident, get_native_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _of_the_system(name: str) -> Any:
    """A function of `_thread`, also where gevent has put its own there: native code in a greenlet blocks all others."""
    gevent = sys.modules.get("gevent.monkey")
    return getattr(_thread, name) if gevent is None else gevent.get_original("_thread", name)


allocate_lock = _of_the_system("allocate_lock")
start_new_thread = _of_the_system("start_new_thread")


def runs_signal_handlers() -> bool:
    """Whether this is the thread on which Python runs signal handlers."""
    if not IS_MAIN_INTERPRETER:
        return False
    if sys.platform == "linux":
        # True below gevent and in a forked child as well.
        return get_native_id() == os.getpid()
    # Not imported for this: it costs a millisecond, and takes the importing thread for the main one.
    threading = sys.modules.get("threading")
    return threading is None or threading.main_thread().ident == get_ident()


def _is_main_interpreter() -> bool:
    # An object of its own: the types of the shared one's functions are everybody's.
    python = ctypes.PyDLL(None, handle=ctypes.pythonapi._handle)
    get, get_id = python.PyInterpreterState_Get, python.PyInterpreterState_GetID
    get.restype = ctypes.c_void_p
    get_id.argtypes, get_id.restype = (ctypes.c_void_p,), ctypes.c_int64
    return bool(get_id(get()) == 0)


# Signals are never handled elsewhere, and callbacks would run in the wrong interpreter.
IS_MAIN_INTERPRETER = _is_main_interpreter()
