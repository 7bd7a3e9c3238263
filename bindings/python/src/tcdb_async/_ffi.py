"""The shared library: where it is found, and the C signature of every function in use.

This module alone knows C types. The table is written by hand because generated bindings triple the import time; a
test holds it against include/tcdb_async.h and against the symbols that the library exports.
"""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
    string_at,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

ABI_MAJOR, ABI_MINOR = 0, 2

CODES = {
    "TCDB_OK": 0,
    "TCDB_ERR_INVALID_ARGUMENT": 1,
    "TCDB_ERR_INTERNAL": 2,
    "TCDB_ERR_CANCELLED": 3,
    "TCDB_ERR_WAIT_TIMEOUT": 4,
    "TCDB_ERR_CREDENTIALS": 5,
    "TCDB_ERR_SYSTEM": 6,
    "TCDB_ERR_BUSY": 7,
    "TCDB_ERR_RESOLVE": 20,
    "TCDB_ERR_CONNECT": 21,
    "TCDB_ERR_TLS": 22,
    "TCDB_ERR_REQUEST_TIMEOUT": 23,
    "TCDB_ERR_TRANSPORT": 24,
    "TCDB_ERR_PROXY": 25,
    "TCDB_ERR_BAD_RESPONSE": 40,
    "TCDB_ERR_AUTH": 41,
    "TCDB_ERR_DENIED": 42,
    "TCDB_ERR_RATE_LIMITED": 43,
    "TCDB_ERR_UNKNOWN_REQUEST_ID": 44,
    "TCDB_ERR_REJECTED": 45,
    "TCDB_ERR_UNAVAILABLE": 46,
}

STATUSES = {
    "TCDB_STATUS_UNKNOWN": 0,
    "TCDB_STATUS_INITIAL": 1,
    "TCDB_STATUS_RUNNING": 2,
    "TCDB_STATUS_SUCCESS": 3,
    "TCDB_STATUS_FAILED": 4,
    "TCDB_STATUS_KILLED": 5,
    "TCDB_STATUS_REMOVED": 6,
    "TCDB_STATUS_PAUSED": 7,
    "TCDB_STATUS_UNDEFINED": 8,
}

LOG_LEVELS = {
    "TCDB_LOG_ERROR": 1,
    "TCDB_LOG_WARN": 2,
    "TCDB_LOG_INFO": 3,
    "TCDB_LOG_DEBUG": 4,
}

_OBJECT = c_void_p
_OUT = POINTER(c_void_p)

# The functions that free an object.
FREES = (
    "tcdb_credentials_free",
    "tcdb_credentials_info_free",
    "tcdb_role_free",
    "tcdb_client_free",
    "tcdb_waiter_free",
    "tcdb_options_free",
    "tcdb_result_free",
    "tcdb_error_free",
    "tcdb_request_free",
    "tcdb_wait_options_free",
    "tcdb_wait_queue_free",
    "tcdb_wait_event_free",
)

# On 32-bit Windows functions and callbacks are stdcall; elsewhere there is one convention. PyDLL's functions keep the
# GIL; ctypes has none of them for stdcall.
if sys.platform == "win32":
    from _ctypes import FUNCFLAG_PYTHONAPI, FUNCFLAG_STDCALL

    class _PyWinDLL(ctypes.PyDLL):
        _func_flags_ = FUNCFLAG_STDCALL | FUNCFLAG_PYTHONAPI

    _Releasing, _Keeping, _function_type = ctypes.WinDLL, _PyWinDLL, ctypes.WINFUNCTYPE
else:
    _Releasing, _Keeping, _function_type = ctypes.CDLL, ctypes.PyDLL, CFUNCTYPE

_IS_STDCALL = sys.platform == "win32" and ctypes.sizeof(c_void_p) == 4


class FUNCTION(c_void_p):
    """A parameter that is a function."""


# A function may have fewer parameters than its caller passes wherever the caller removes them, that is but for stdcall.
# So what C calls is the callable itself, without a function in Python that would leave out the others.


def progress_function(callable: Callable[[], int]) -> Any:
    """A C function that calls `callable` whenever a wait reports, without the arguments that it is given."""
    if _IS_STDCALL:
        return _function_type(c_int32, c_void_p, c_uint32, c_uint64, c_void_p)(lambda *_: callable())
    return _function_type(c_int32)(callable)


def credentials_function(callable: Callable[[int], object]) -> Any:
    """A C function that calls `callable` with the answer to give."""
    if _IS_STDCALL:

        def called(answer: int, _: object) -> object:
            return callable(answer)

        return _function_type(None, c_void_p, c_void_p)(called)
    return _function_type(None, c_void_p)(callable)


def log_function(callable: Callable[[int, int], object]) -> Any:
    """A C function that calls `callable` with the level and the address of the line."""
    if _IS_STDCALL:

        def called(level: int, line: int, _: object) -> object:
            return callable(level, line)

        return _function_type(None, c_int32, c_void_p, c_void_p)(called)
    return _function_type(None, c_int32, c_void_p)(callable)


# Functions that may wait, do I/O or take a lock. The GIL is released around them.
CALLS = {
    "tcdb_credentials_static": (c_int32, (c_char_p, c_char_p, c_char_p, _OUT, _OUT)),
    "tcdb_credentials_env": (c_int32, (_OUT, _OUT)),
    "tcdb_credentials_profile": (c_int32, (c_char_p, c_char_p, _OUT, _OUT)),
    "tcdb_credentials_cvm_role": (c_int32, (c_char_p, _OBJECT, _OUT, _OUT)),
    "tcdb_credentials_default": (c_int32, (_OBJECT, _OUT, _OUT)),
    "tcdb_credentials_env_with": (c_int32, (_OBJECT, _OUT, _OUT)),
    "tcdb_credentials_profile_with": (c_int32, (c_char_p, c_char_p, _OBJECT, _OUT, _OUT)),
    "tcdb_credentials_assume_role": (c_int32, (_OBJECT, c_char_p, _OBJECT, _OBJECT, _OUT, _OUT)),
    "tcdb_credentials_web_identity": (c_int32, (c_char_p, c_char_p, c_char_p, _OBJECT, _OBJECT, _OUT, _OUT)),
    "tcdb_credentials_tke": (c_int32, (_OBJECT, _OBJECT, _OUT, _OUT)),
    "tcdb_credentials_callback": (c_int32, (c_char_p, FUNCTION, c_void_p, FUNCTION, _OBJECT, _OUT, _OUT)),
    "tcdb_credentials_fetch": (c_int32, (_OBJECT, c_uint32, _OUT)),
    "tcdb_credentials_info_new": (c_int32, (_OBJECT, _OUT, _OUT)),
    "tcdb_credentials_free": (None, (_OBJECT,)),
    "tcdb_client_new": (c_int32, (_OBJECT, c_char_p, _OBJECT, _OUT, _OUT)),
    "tcdb_client_set_credentials": (c_int32, (_OBJECT, _OBJECT, _OUT)),
    "tcdb_client_shutdown": (None, (_OBJECT,)),
    "tcdb_client_free": (None, (_OBJECT,)),
    "tcdb_query": (c_int32, (_OBJECT, c_char_p, _OUT, _OUT)),
    "tcdb_waiter_new": (c_int32, (_OBJECT, c_char_p, c_uint64, _OUT, _OUT)),
    "tcdb_waiter_run": (c_int32, (_OBJECT, FUNCTION, c_void_p, _OUT, _OUT)),
    "tcdb_waiter_step": (c_int32, (_OBJECT, c_uint32, _OUT, _OUT)),
    "tcdb_waiter_cancel": (None, (_OBJECT,)),
    "tcdb_waiter_latest": (c_void_p, (_OBJECT,)),
    "tcdb_waiter_answers": (c_uint32, (_OBJECT,)),
    "tcdb_waiter_elapsed_ms": (c_uint64, (_OBJECT,)),
    "tcdb_waiter_due_in_ms": (c_uint64, (_OBJECT,)),
    "tcdb_waiter_free": (None, (_OBJECT,)),
    "tcdb_wait_queue_new": (c_int32, (_OBJECT, FUNCTION, _OUT, _OUT)),
    "tcdb_wait_queue_run": (c_int32, (_OBJECT, c_uint32, _OUT)),
    "tcdb_wait_queue_next": (c_int32, (_OBJECT, c_uint32, _OUT, _OUT)),
    "tcdb_wait_queue_free": (None, (_OBJECT,)),
    "tcdb_request_new": (c_int32, (_OBJECT, c_char_p, c_int64, _OUT, _OUT)),
    "tcdb_response_parse": (c_int32, (c_int32, _OBJECT, c_size_t, _OUT, _OUT)),
}

# Functions that only read or set a field. The GIL is kept: in a process with busy threads, giving it up eight times
# for eight fields would cost a switch interval each.
ACCESSORS = {
    "tcdb_version": (c_char_p, ()),
    "tcdb_abi_version": (c_uint32, ()),
    "tcdb_live_objects": (c_uint64, ()),
    "tcdb_code_name": (c_char_p, (c_int32,)),
    "tcdb_status_is_terminal": (c_int32, (c_int32,)),
    "tcdb_status_is_success": (c_int32, (c_int32,)),
    "tcdb_options_new": (c_void_p, ()),
    "tcdb_options_from_env": (c_void_p, ()),
    "tcdb_options_free": (None, (_OBJECT,)),
    "tcdb_options_set_endpoint": (None, (_OBJECT, c_char_p)),
    "tcdb_options_set_language": (None, (_OBJECT, c_char_p)),
    "tcdb_options_set_connect_timeout_ms": (None, (_OBJECT, c_uint32)),
    "tcdb_options_set_total_timeout_ms": (None, (_OBJECT, c_uint32)),
    "tcdb_options_set_max_attempts": (None, (_OBJECT, c_uint32)),
    "tcdb_options_set_max_requests_per_second": (None, (_OBJECT, c_uint32)),
    "tcdb_options_set_proxy": (None, (_OBJECT, c_char_p)),
    "tcdb_options_set_ca_file": (None, (_OBJECT, c_char_p)),
    "tcdb_options_set_clock_correction": (None, (_OBJECT, c_int32)),
    "tcdb_options_set_request_client": (None, (_OBJECT, c_char_p)),
    "tcdb_options_set_sts_endpoint": (None, (_OBJECT, c_char_p)),
    "tcdb_options_set_log": (None, (_OBJECT, c_int32, FUNCTION, c_void_p, FUNCTION)),
    "tcdb_credentials_answer_set": (None, (_OBJECT, c_char_p, c_char_p, c_char_p, c_int64)),
    "tcdb_credentials_answer_fail": (None, (_OBJECT, c_char_p, c_int32)),
    "tcdb_credentials_answer_was_refused": (c_int32, (_OBJECT,)),
    "tcdb_credentials_answer_ms_left": (c_int64, (_OBJECT,)),
    "tcdb_role_new": (c_void_p, ()),
    "tcdb_role_set_session_name": (None, (_OBJECT, c_char_p)),
    "tcdb_role_set_duration_s": (None, (_OBJECT, c_uint32)),
    "tcdb_role_set_external_id": (None, (_OBJECT, c_char_p)),
    "tcdb_role_set_policy": (None, (_OBJECT, c_char_p)),
    "tcdb_role_set_source_identity": (None, (_OBJECT, c_char_p)),
    "tcdb_role_free": (None, (_OBJECT,)),
    "tcdb_credentials_info_source": (c_char_p, (_OBJECT,)),
    "tcdb_credentials_info_expires_unix_s": (c_int64, (_OBJECT,)),
    "tcdb_credentials_info_free": (None, (_OBJECT,)),
    "tcdb_client_clock_offset_ms": (c_int64, (_OBJECT,)),
    "tcdb_waiter_set_interval_ms": (None, (_OBJECT, c_uint32, c_uint32)),
    "tcdb_waiter_set_stop_on": (None, (_OBJECT, c_int32)),
    "tcdb_wait_options_new": (c_void_p, ()),
    "tcdb_wait_options_set_interval_ms": (None, (_OBJECT, c_uint32, c_uint32)),
    "tcdb_wait_options_set_stop_on": (None, (_OBJECT, c_int32)),
    "tcdb_wait_options_set_changes": (None, (_OBJECT, c_int32)),
    "tcdb_wait_options_free": (None, (_OBJECT,)),
    # These take a lock, which no thread holds for long or while it wants the GIL.
    "tcdb_wait_queue_add": (c_int32, (_OBJECT, c_char_p, c_uint64, _OBJECT, c_void_p, POINTER(c_uint64), _OUT)),
    "tcdb_wait_queue_cancel": (c_int32, (_OBJECT, c_uint64)),
    "tcdb_wait_queue_cancel_all": (None, (_OBJECT,)),
    "tcdb_wait_queue_wake": (None, (_OBJECT,)),
    "tcdb_wait_queue_pending": (c_uint64, (_OBJECT,)),
    "tcdb_wait_queue_due_in_ms": (c_uint64, (_OBJECT,)),
    "tcdb_wait_queue_descriptor": (c_int32, (_OBJECT, POINTER(c_int32), _OUT)),
    "tcdb_wait_event_task": (c_uint64, (_OBJECT,)),
    "tcdb_wait_event_is_final": (c_int32, (_OBJECT,)),
    "tcdb_wait_event_code": (c_int32, (_OBJECT,)),
    "tcdb_wait_event_result": (c_void_p, (_OBJECT,)),
    "tcdb_wait_event_error": (c_void_p, (_OBJECT,)),
    "tcdb_wait_event_answers": (c_uint32, (_OBJECT,)),
    "tcdb_wait_event_elapsed_ms": (c_uint64, (_OBJECT,)),
    "tcdb_wait_event_free": (None, (_OBJECT,)),
    "tcdb_result_status": (c_int32, (_OBJECT,)),
    "tcdb_result_status_text": (c_char_p, (_OBJECT,)),
    # Texts that may hold a NUL come as an address, to be read by their length.
    "tcdb_result_info": (c_void_p, (_OBJECT,)),
    "tcdb_result_info_len": (c_size_t, (_OBJECT,)),
    "tcdb_result_request_id": (c_char_p, (_OBJECT,)),
    "tcdb_result_free": (None, (_OBJECT,)),
    "tcdb_error_code": (c_int32, (_OBJECT,)),
    "tcdb_error_message": (c_char_p, (_OBJECT,)),
    "tcdb_error_server_code": (c_char_p, (_OBJECT,)),
    "tcdb_error_server_message": (c_void_p, (_OBJECT,)),
    "tcdb_error_server_message_len": (c_size_t, (_OBJECT,)),
    "tcdb_error_request_id": (c_char_p, (_OBJECT,)),
    "tcdb_error_http_status": (c_int32, (_OBJECT,)),
    "tcdb_error_attempts": (c_uint32, (_OBJECT,)),
    "tcdb_error_is_retryable": (c_int32, (_OBJECT,)),
    "tcdb_error_last_result": (c_void_p, (_OBJECT,)),
    "tcdb_error_free": (None, (_OBJECT,)),
    "tcdb_request_url": (c_char_p, (_OBJECT,)),
    "tcdb_request_header_count": (c_size_t, (_OBJECT,)),
    "tcdb_request_header_name": (c_char_p, (_OBJECT, c_size_t)),
    "tcdb_request_header_value": (c_char_p, (_OBJECT, c_size_t)),
    "tcdb_request_body": (c_void_p, (_OBJECT,)),
    "tcdb_request_body_len": (c_size_t, (_OBJECT,)),
    "tcdb_request_canonical": (c_char_p, (_OBJECT,)),
    "tcdb_request_string_to_sign": (c_char_p, (_OBJECT,)),
    "tcdb_request_free": (None, (_OBJECT,)),
}

# What the header has and Python does without, and why.
NOT_BOUND = {
    "tcdb_wait_event_user_data": "a task is known by its number",
    "tcdb_wait": "tcdb_waiter_run takes a progress function, which lets Ctrl-C in",
}

_FILE_NAMES = {"darwin": "libtcdb_async.dylib", "win32": "tcdb_async.dll"}
_SYSTEM_NAMES = {"darwin": f"libtcdb_async.{ABI_MAJOR}.dylib", "win32": "tcdb_async.dll"}


class Library:
    """The loaded library: an attribute for each function of the table."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            releasing, keeping = _Releasing(path), _Keeping(path)
        except OSError as error:
            raise ImportError(f"tcdb_async cannot load its library {path}: {error}", path=path) from None
        self._check_abi(keeping)
        self._bind(releasing, CALLS)
        self._bind(keeping, ACCESSORS)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def _check_abi(self, library: ctypes.CDLL) -> None:
        """Before any other symbol: what calls the wrong library crashes."""
        try:
            function = library.tcdb_abi_version
        except AttributeError:
            raise ImportError(f"{self.path} is not the tcdb-async library", path=self.path) from None
        function.restype, function.argtypes = c_uint32, ()
        version = function()
        major, minor = version >> 16, version & 0xFFFF
        if major != ABI_MAJOR or minor < ABI_MINOR:
            raise ImportError(
                f"{self.path} has the ABI {major}.{minor}; needed is {ABI_MAJOR}.{ABI_MINOR} or a later minor",
                path=self.path,
            )

    def _bind(self, library: ctypes.CDLL, table: dict[str, tuple[Any, Any]]) -> None:
        for name, (restype, argtypes) in table.items():
            try:
                function = getattr(library, name)
            except AttributeError:
                raise ImportError(f"{self.path} lacks the function {name}", path=self.path) from None
            function.restype, function.argtypes = restype, argtypes
            setattr(self, name, function)


def _find() -> str:
    """TCDB_ASYNC_LIBRARY alone, else the file in this folder, else the system's. Never the current directory."""
    chosen = os.environ.get("TCDB_ASYNC_LIBRARY")
    if chosen:
        if not os.path.isabs(chosen):
            raise ImportError(f"TCDB_ASYNC_LIBRARY is not an absolute path: {chosen}")
        return chosen
    bundled = os.path.join(
        os.path.dirname(os.path.abspath(__file__)), _FILE_NAMES.get(sys.platform, "libtcdb_async.so")
    )
    if os.path.exists(bundled):
        return bundled
    archive = _archive(bundled)
    if archive:
        raise ImportError(
            f"tcdb_async is inside the zip archive {archive}, from which no system can load its library; install the "
            "package next to the archive, or name the library's file in TCDB_ASYNC_LIBRARY"
        )
    return _SYSTEM_NAMES.get(sys.platform, f"libtcdb_async.so.{ABI_MAJOR}")


def _archive(path: str) -> Optional[str]:
    """The file at a place where the path needs a folder."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        if os.path.isfile(folder):
            return folder
        folder = os.path.dirname(folder)
    return None


lib = Library(_find())


def text(borrowed: Optional[bytes]) -> Optional[str]:
    """A string that the library owns."""
    return None if borrowed is None else borrowed.decode("utf-8", "replace")


def text_at(address: int) -> str:
    """A string that ends with a NUL."""
    return string_at(address).decode("utf-8", "replace")


def counted_text(address: Optional[int], length: int) -> Optional[str]:
    """A server's text, which may hold a NUL."""
    return None if address is None else string_at(address, length).decode("utf-8", "replace")


def counted_bytes(address: Optional[int], length: int) -> bytes:
    """Bytes that the library owns."""
    return b"" if address is None else string_at(address, length)
