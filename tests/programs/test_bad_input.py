#!/usr/bin/env python3
"""Bad input to every exported function, derived from the header.

Every parameter of every function in include/tcdb_async.h gets a good value by its type and name; then, one at a time,
each pointer becomes NULL and each string invalid UTF-8, empty, over-long, with CR LF. A parameter for which no good
value is known here fails the run, so a new one cannot come without its row. All integer arguments of the platform's
calling convention are passed as machine words, so one caller serves every prototype.
"""
import ctypes
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../mock-server"))
from mock_server import MockServer  # noqa: E402

# No home, no credentials file, no credentials of the caller's.
for name in [name for name in os.environ if name.startswith(("TENCENTCLOUD_", "TCCLI_", "TKE_"))]:
    del os.environ[name]
os.environ.update(HOME="/nonexistent", TENCENTCLOUD_CREDENTIALS_FILE="/nonexistent/credentials")

LIB, HEADER, ENDPOINT = sys.argv[1:4]
# Nothing of the caller's own credentials is looked at.
os.environ["HOME"] = os.path.join(os.path.dirname(os.path.abspath(LIB)), "no-home")
for variable in [name for name in os.environ if name.startswith(("TENCENTCLOUD_", "TCCLI_", "TKE_"))]:
    del os.environ[variable]
lib = ctypes.CDLL(LIB)
lib.tcdb_code_name.restype = ctypes.c_char_p
INVALID_ARGUMENT = 1
ID = b"00000003-5eed5eed-5eed5eed-5eed5eed"

BAD_STRINGS = {
    "invalid UTF-8": b"a\xff\xfeb",
    "empty": b"",
    "over-long": b"x" * 70000,
    "with CR LF": b"a\r\nX-Evil: 1",
}
# File names are bytes, as for open(2): none of these exists.
PATHS = {"path", "path_or_null"}
# Texts for which one of the bad strings is legal, with the reason.
LEGAL = {
    ("tcdb_credentials_profile", "profile_or_null", "over-long"),
}

# Strings: a good value by parameter name.
STRINGS = {
    "endpoint": b"localhost:1", "language": b"zh-CN", "url": b"http://127.0.0.1:1", "request_client": b"me-1.0",
    "secret_id": b"AKIDX", "secret_key": b"KEYX", "token_or_null": b"TOKENX", "region_or_null": b"ap-guangzhou",
    "async_request_id": ID, "path": b"/nonexistent/ca.pem", "path_or_null": b"/nonexistent/credentials",
    "profile_or_null": b"default", "role_or_null": b"role",
}
INTEGERS = {
    "milliseconds": 1000, "attempts": 2, "requests": 0, "on": 1, "max_level": 4, "code": 1, "status": 3,
    "timeout_ms": 2000, "first": 300, "longest": 300, "first_ms": 300, "longest_ms": 300, "max_sleep_ms": 10, "max_sleep": 10,
    "unix_seconds_or_0": 0, "unix_seconds": 0, "http_status": 200, "body_len": 2, "index": 0, "i": 0,
}
CALLBACKS = {"tcdb_log_fn", "tcdb_destroy_fn", "tcdb_progress_fn"}

failures = []
passed = 0


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)


def prototypes():
    text = re.sub(r"/\*.*?\*/", "", open(HEADER).read(), flags=re.S).replace("TCDB_CALL ", "")
    for found in re.finditer(r"TCDB_API\s+([\w\s]+?[\s*]+)(tcdb_\w+)\(([^)]*)\)\s*;", text):
        result, name, parameters = found.groups()
        split = []
        for parameter in [p.strip() for p in parameters.split(",") if p.strip() != "void"]:
            kind, called = re.fullmatch(r"(.*?)(\w+)", parameter, flags=re.S).groups()
            split.append((" ".join(kind.split()).replace(" *", "*"), called))
        yield " ".join(result.split()).replace(" *", "*"), name, split


def comments():
    """The comment of each function: an accessor's answer for NULL stands there."""
    text = open(HEADER).read()
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


class Fixture:
    """Objects of every type, made by the library and freed again."""

    def __init__(self, endpoint):
        self.made = []
        self.keep = []
        self.options = self.new("tcdb_options_new")
        call("tcdb_options_set_endpoint", [self.options, endpoint["http"].encode()], None)
        call("tcdb_options_set_max_requests_per_second", [self.options, 0], None)
        call("tcdb_options_set_total_timeout_ms", [self.options, 3000], None)
        self.credentials = self.out("tcdb_credentials_static", [endpoint["secret_id"].encode(), endpoint["secret_key"].encode(), 0])
        self.client = self.out("tcdb_client_new", [self.credentials, b"ap-guangzhou", self.options])
        self.result = self.out("tcdb_query", [self.client, ID])
        self.error = self.an_error()
        self.waiter = self.out("tcdb_waiter_new", [self.client, ID, 2000]) if hasattr(lib, "tcdb_waiter_new") else None
        self.request = self.out("tcdb_request_new", [self.client, ID, 0]) if hasattr(lib, "tcdb_request_new") else None

    def new(self, name):
        made = ctypes.c_void_p(call(name, []))
        self.made.append((name.rsplit("_", 1)[0] if name.endswith("_new") else name, made))
        return made

    def out(self, name, arguments):
        made, error = ctypes.c_void_p(), ctypes.c_void_p()
        code = call(name, [*arguments, ctypes.byref(made), ctypes.byref(error)], ctypes.c_int32)
        assert code == 0, (name, code, message(error))
        kind = {"tcdb_credentials_static": "tcdb_credentials", "tcdb_client_new": "tcdb_client", "tcdb_query": "tcdb_result",
                "tcdb_waiter_new": "tcdb_waiter", "tcdb_request_new": "tcdb_request"}[name]
        self.made.append((kind, made))
        return made

    def an_error(self):
        out, error = ctypes.c_void_p(), ctypes.c_void_p()
        assert call("tcdb_query", [self.client, b"", ctypes.byref(out), ctypes.byref(error)], ctypes.c_int32) == 1
        self.made.append(("tcdb_error", error))
        return error

    def good(self, kind, name):
        """A good value for a parameter; None: no row for it."""
        if kind.endswith("**"):
            slot = ctypes.c_void_p(0xDEAD)
            self.keep.append(slot)
            return ctypes.byref(slot)
        if kind == "const char*":
            return STRINGS.get(name)
        if kind in CALLBACKS or kind == "void*" or kind == "void(*)(void*)":
            return 0
        if kind == "const void*":
            return b"{}"
        if kind.endswith("*"):
            return getattr(self, kind.replace("const ", "").rstrip("*").removeprefix("tcdb_"), None)
        return INTEGERS.get(name)

    def free(self):
        for kind, made in reversed(self.made):
            call(kind + "_free", [made], None)


def try_one(endpoint, prototype, position, bad, label, told):
    """Calls a function with one bad argument and judges what came of it."""
    result, name, parameters = prototype
    fixture = Fixture(endpoint)
    arguments = []
    for at, (kind, called) in enumerate(parameters):
        value = bad if at == position else fixture.good(kind, called)
        if value is None:
            check(False, f"{name}: no good value is known for {kind} {called}")
            fixture.free()
            return
        arguments.append(value)
    kind, called = parameters[position]
    what = f"{name}({called}: {label})"
    slots = [(a._obj, k) for a, (k, _) in zip(arguments, parameters) if k.endswith("**") and not isinstance(a, int)]
    restype = {"tcdb_code": ctypes.c_int32, "int32_t": ctypes.c_int32, "void": None}.get(result, ctypes.c_uint64)
    if result == "const char*":
        restype = ctypes.c_char_p
    got = call(name, arguments, restype)
    if result == "tcdb_code":
        judge_code(name, called, kind, label, what, got, arguments, parameters, told)
        for slot, k in slots:
            check(slot.value != 0xDEAD, f"{what}: {k} was left as it was")
            if slot.value:
                call(k.rstrip("*").replace("const ", "") + "_free", [slot], None)
    elif result == "void":
        judge_setter(fixture, name, called, kind, label, what, told)
    elif position == 0 and bad == 0 and kind.endswith("*"):
        never_null = "Never NULL" in told.get(name, "")
        wanted = b"" if never_null else None if result == "const char*" or result.endswith("*") else 0
        if name.endswith("_due_in_ms"):
            wanted = got if got in (0, 2**64 - 1) else 0
        check((got or None) == wanted if result.endswith("*") and not never_null else got == wanted, f"{what}: answered {got!r}")
    fixture.free()


def judge_code(name, called, kind, label, what, code, arguments, parameters, told):
    may_be_null = called.endswith("_or_null") or kind.startswith("tcdb_progress_fn") or called in ("user_data", "error")
    if label == "NULL" and may_be_null:
        check(code != 2, f"{what}: code {code}")
        return
    if (name, called, label) in LEGAL:
        check(code != 2, f"{what}: code {code}")
        return
    if called in PATHS:
        check(code not in (0, 2), f"{what}: code {code}")
        return
    if name == "tcdb_credentials_profile":
        check(code in (INVALID_ARGUMENT, 5), f"{what}: code {code}")
        return
    check(code == INVALID_ARGUMENT, f"{what}: code {code} {lib.tcdb_code_name(code)}")
    error = arguments[-1]
    if called != "error" and not isinstance(error, int) and error._obj.value:
        text = message(ctypes.c_void_p(error._obj.value))
        error._obj.value = 0
        base = called.removesuffix("_or_null")
        check(base in text, f"{what}: the message does not name it: {text}")
        check("\n" not in text and len(text) < 400, f"{what}: not one short line: {text[:80]!r}")


def judge_setter(fixture, name, called, kind, label, what, told):
    """A setter cannot fail; what uses the options names the bad one. NULL is the default."""
    if not (name.startswith("tcdb_options_set_") and kind == "const char*") or label == "NULL":
        check(True, what)
        return
    if name != "tcdb_options_set_endpoint":
        # Certificates are read for TLS alone.
        call("tcdb_options_set_endpoint", [fixture.options, b"localhost:1"], None)
    out, error = ctypes.c_void_p(), ctypes.c_void_p()
    code = call("tcdb_client_new", [fixture.credentials, b"ap-guangzhou", fixture.options, ctypes.byref(out), ctypes.byref(error)], ctypes.c_int32)
    check(code == INVALID_ARGUMENT and not out.value, f"{what}: tcdb_client_new gave {code}")
    option = name.removeprefix("tcdb_options_set_")
    text = message(error) if error.value else ""
    check(text.startswith(option + " "), f"{what}: the message does not name the option: {text}")


def main():
    server = MockServer(ENDPOINT)
    endpoint = server.facts
    told = comments()
    functions = list(prototypes())
    check(len(functions) >= 44, f"only {len(functions)} prototypes found in the header")
    before = lib.tcdb_live_objects()
    for prototype in functions:
        _, name, parameters = prototype
        if name.endswith("_free") or name.endswith("_destroy"):
            call(name, [0], None)
            check(True, name)
            continue
        for position, (kind, _) in enumerate(parameters):
            if kind.endswith("*") or kind in CALLBACKS:
                try_one(endpoint, prototype, position, 0, "NULL", told)
            if kind == "const char*":
                for label, bad in BAD_STRINGS.items():
                    try_one(endpoint, prototype, position, bad, label, told)
    check(lib.tcdb_live_objects() == before, f"{lib.tcdb_live_objects() - before} objects leaked")
    server.close()
    for failure in failures:
        print("FAILED:", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
