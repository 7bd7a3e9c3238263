"""Calls of every exported function with good arguments, derived from the header.

Every parameter of every function in include/tcdb_async.h gets a good value by its type and name. A parameter for which no
good value is known here fails the checks, so a new one cannot come without its row. All integer arguments of the
platform's calling convention are passed as machine words, so one caller serves every prototype.
"""
import ctypes
import os
import re

from fixture import BUILD, ROOT, demo_task

# No home, no credentials file, no credentials of the caller's.
os.environ.update(HOME="/nonexistent", TENCENTCLOUD_CREDENTIALS_FILE="/nonexistent/credentials")

HEADER = ROOT / "include/tcdb_async.h"
ID = demo_task(3).encode()
OK, INVALID_ARGUMENT, INTERNAL = 0, 1, 2

lib = ctypes.CDLL(str(BUILD.library))
lib.tcdb_code_name.restype = ctypes.c_char_p

# Strings: a good value by parameter name.
STRINGS = {
    "endpoint": b"localhost:1", "language": b"zh-CN", "url": b"http://127.0.0.1:1", "request_client": b"me-1.0",
    "secret_id": b"AKIDX", "secret_key": b"KEYX", "token_or_null": b"TOKENX", "region_or_null": b"ap-guangzhou",
    "async_request_id": ID, "path": b"/nonexistent/ca.pem", "path_or_null": b"/nonexistent/credentials",
    "profile_or_null": b"default", "role_or_null": b"role", "role_arn": b"qcs::cam::uin/100000000001:roleName/reader",
    "provider_id": b"OIDC", "token_file": b"/nonexistent/token", "session_name": b"session", "external_id": b"external",
    "json": b"{}", "source_identity": b"100000000001", "name": b"vault", "reason": b"closed",
}
INTEGERS = {
    "milliseconds": 1000, "attempts": 2, "requests": 0, "on": 1, "max_level": 4, "code": 1, "status": 3,
    "timeout_ms": 2000, "first": 300, "longest": 300, "first_ms": 300, "longest_ms": 300, "max_sleep_ms": 10, "max_sleep": 10,
    "unix_seconds_or_0": 0, "unix_seconds": 0, "http_status": 200, "body_len": 2, "index": 0, "i": 0,
    "max_ms": 10, "task": 1, "seconds": 7200, "retryable": 0, "expires_unix_s_or_0": 0,
}
# Numbers that a function writes.
NUMBERS = {"uint64_t*": ctypes.c_uint64, "int32_t*": ctypes.c_int32}
CALLBACKS = {"tcdb_log_fn", "tcdb_destroy_fn", "tcdb_progress_fn", "tcdb_credentials_fn"}
# The one callback that is needed. It hands over nothing, which is a failure of its query.
FETCH = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda answer, user_data: None)


def prototypes():
    """(result, name, [(type, parameter)]) of every function."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S).replace("TCDB_CALL ", "")
    for found in re.finditer(r"TCDB_API\s+([\w\s]+?[\s*]+)(tcdb_\w+)\(([^)]*)\)\s*;", text):
        result, name, parameters = found.groups()
        split = []
        for parameter in [p.strip() for p in parameters.split(",") if p.strip() != "void"]:
            kind, called = re.fullmatch(r"(.*?)(\w+)", parameter, flags=re.S).groups()
            split.append((" ".join(kind.split()).replace(" *", "*"), called))
        yield " ".join(result.split()).replace(" *", "*"), name, split


def comments():
    """The comment of each function: an accessor's answer for NULL is there."""
    text = HEADER.read_text()
    return {name: comment for comment, name in re.findall(r"/\*\*((?:(?!\*/).)*?)\*/\s*TCDB_API[^;(#]*?(tcdb_\w+)\(", text, flags=re.S)}


def call(name, arguments, result=ctypes.c_uint64):
    function = getattr(lib, name)
    function.restype = result
    return function(*[a if not isinstance(a, int) else ctypes.c_uint64(a) for a in arguments])


def message(error):
    lib.tcdb_error_message.restype = ctypes.c_char_p
    text = lib.tcdb_error_message(error).decode()
    lib.tcdb_error_free(error)
    return text


class Objects:
    """One of every type, made by the library and freed again."""

    def __init__(self, server):
        self.made = []
        self.keep = []
        self.options = self.new("tcdb_options_new")
        call("tcdb_options_set_endpoint", [self.options, server["http"].encode()], None)
        call("tcdb_options_set_max_requests_per_second", [self.options, 0], None)
        call("tcdb_options_set_total_timeout_ms", [self.options, 3000], None)
        self.credentials = self.out("tcdb_credentials_static", [server["secret_id"].encode(), server["secret_key"].encode(), 0])
        self.client = self.out("tcdb_client_new", [self.credentials, b"ap-guangzhou", self.options])
        self.result = self.out("tcdb_query", [self.client, ID])
        self.error = self.an_error()
        self.waiter = self.out("tcdb_waiter_new", [self.client, ID, 2000])
        self.request = self.out("tcdb_request_new", [self.client, ID, 0])
        self.role = self.new("tcdb_role_new")
        self.credentials_info = self.out("tcdb_credentials_info_new", [self.credentials])
        self.wait_options = self.new("tcdb_wait_options_new")
        self.wait_queue = self.out("tcdb_wait_queue_new", [self.client, 0])
        self.wait_event = self.an_event()

    def new(self, name):
        made = ctypes.c_void_p(call(name, []))
        self.made.append((name.rsplit("_", 1)[0], made))
        return made

    def out(self, name, arguments):
        made, error = ctypes.c_void_p(), ctypes.c_void_p()
        code = call(name, [*arguments, ctypes.byref(made), ctypes.byref(error)], ctypes.c_int32)
        assert code == OK, (name, code, message(error))
        kind = {"tcdb_credentials_static": "tcdb_credentials", "tcdb_client_new": "tcdb_client", "tcdb_query": "tcdb_result",
                "tcdb_waiter_new": "tcdb_waiter", "tcdb_request_new": "tcdb_request",
                "tcdb_credentials_info_new": "tcdb_credentials_info",
                "tcdb_wait_queue_new": "tcdb_wait_queue", "tcdb_wait_queue_next": "tcdb_wait_event"}[name]
        self.made.append((kind, made))
        return made

    def an_error(self):
        out, error = ctypes.c_void_p(), ctypes.c_void_p()
        assert call("tcdb_query", [self.client, b"", ctypes.byref(out), ctypes.byref(error)], ctypes.c_int32) == INVALID_ARGUMENT
        self.made.append(("tcdb_error", error))
        return error

    def an_event(self):
        task = ctypes.c_uint64()
        assert call("tcdb_wait_queue_add", [self.wait_queue, ID, 2000, 0, 0, ctypes.byref(task), 0], ctypes.c_int32) == OK
        assert call("tcdb_wait_queue_cancel", [self.wait_queue, task.value], ctypes.c_int32) == 1
        return self.out("tcdb_wait_queue_next", [self.wait_queue, 0])

    def good(self, kind, name):
        """A good value for a parameter; None: no row for it."""
        if kind.endswith("**"):
            slot = ctypes.c_void_p(0xDEAD)
            self.keep.append(slot)
            return ctypes.byref(slot)
        if kind in NUMBERS:
            slot = NUMBERS[kind](7)
            self.keep.append(slot)
            return ctypes.byref(slot)
        if kind == "const char*":
            return STRINGS.get(name)
        if kind == "tcdb_credentials_fn":
            return ctypes.cast(FETCH, ctypes.c_void_p)
        if kind.removeprefix("const ") == "tcdb_credentials_answer*":
            return 0  # the library hands it to a callback; no other place has one
        if kind in CALLBACKS or kind == "void*" or kind == "void(*)(void*)":
            return 0
        if kind == "const void*":
            return b"{}"
        if kind.endswith("*"):
            return getattr(self, kind.replace("const ", "").rstrip("*").removeprefix("tcdb_"), None)
        return INTEGERS.get(name)

    def arguments(self, function, parameters):
        values = [self.good(kind, called) for kind, called in parameters]
        if None in values:
            kind, called = parameters[values.index(None)]
            raise AssertionError(f"{function}: no good value is known for {kind} {called}; give it a row in {__file__}")
        return values

    def free(self):
        for kind, made in reversed(self.made):
            call(kind + "_free", [made], None)
