#!/usr/bin/env python3
"""A panic inside every exported function: it gives TCDB_ERR_INTERNAL or the function's neutral value, prints nothing, and
leaves the client usable.

The functions and their good arguments come from the header (test_bad_input.py). The library is one built with the
feature panic-test, which exports a function that makes the next call on this thread panic.

usage: test_panics.py LIBRARY HEADER ENDPOINT
"""
import ctypes
import json
import os
import subprocess
import sys

def in_a_process_of_its_own():
    """So that whatever it prints is seen. AddressSanitizer's runtime has to come first."""
    environment = dict(os.environ)
    if b"__asan_init" in open(sys.argv[1], "rb").read():
        runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True).stdout.strip()
        environment.update(LD_PRELOAD=runtime, ASAN_OPTIONS="detect_leaks=0")
    ran = subprocess.run([sys.executable, *sys.argv, "--here"], env=environment, capture_output=True, text=True, errors="replace")
    print(ran.stdout, end="")
    if ran.stderr:
        print("FAILED: printed on standard error:", ran.stderr[:2000])
        print("0 passed, 1 failed")
    return 1 if ran.stderr else ran.returncode


if "--here" not in sys.argv:
    sys.exit(in_a_process_of_its_own())

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))
import test_bad_input as bad_input  # noqa: E402
from mock_server import MockServer  # noqa: E402
from test_bad_input import ENDPOINT, ID, Fixture, call, comments, lib, prototypes  # noqa: E402

# Constants: nothing in them can panic, and no guard is around them.
UNGUARDED = {"tcdb_version", "tcdb_abi_version"}
INTERNAL = 2
passed, failures = 0, []


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)


def neutral(result, name, told):
    """What the header says that a function answers where it has nothing to say."""
    if result == "const char*":
        return b"" if "Never NULL" in told or '""' in told.split(".")[0] else None
    return 2**64 - 1 if name.endswith("_due_in_ms") else 0


def try_one(endpoint, prototype, told):
    result, name, parameters = prototype
    fixture = Fixture(endpoint)
    kinds = [kind for kind, _ in parameters]
    arguments = [fixture.good(kind, called) for kind, called in parameters]
    if None in arguments:
        check(False, f"{name}: no good value is known for {parameters[arguments.index(None)]}")
        fixture.free()
        return
    restype = {"tcdb_code": ctypes.c_int32, "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "tcdb_status": ctypes.c_int32,
               "const char*": ctypes.c_char_p, "void": None}.get(result, ctypes.c_uint64)
    # Resolved before: the arm is for the next call, whichever it is.
    getattr(lib, name)
    lib.tcdb_panic_test_arm()
    got = call(name, arguments, restype)
    struck = lib.tcdb_panic_test_disarm() == 0
    if name in UNGUARDED:
        check(not struck, f"{name}: is guarded now; take it off the list here")
    else:
        check(struck, f"{name}: did not panic: no guard around it?")
    if result == "tcdb_code" and any(kind.endswith("**") for kind in kinds):
        check(got == INTERNAL, f"{name}: code {got}")
        judge_slots(name, kinds, arguments)
    elif result != "void" and struck:
        wanted = neutral(result, name, told.get(name, ""))
        check(got == wanted, f"{name}: answered {got!r}, not {wanted!r}")
    # A _free that panicked has freed nothing: the fixture's own goes through.
    usable(fixture, name)
    fixture.free()


def judge_slots(name, kinds, arguments):
    slots = [a._obj for a, kind in zip(arguments, kinds) if kind.endswith("**")]
    check(all(not slot.value for slot in slots[:-1]), f"{name}: an object beside the failure")
    message = bad_input.message(ctypes.c_void_p(slots[-1].value)) if slots[-1].value else ""
    check("struck by the panic test" in message and message.startswith("internal fault"), f"{name}: message {message!r}")


def usable(fixture, name):
    out, error = ctypes.c_void_p(), ctypes.c_void_p()
    code = call("tcdb_query", [fixture.client, ID, ctypes.byref(out), ctypes.byref(error)], ctypes.c_int32)
    check(code == 0, f"{name}: the client is unusable afterwards: code {code}")
    call("tcdb_result_free", [out], None)
    call("tcdb_error_free", [error], None)


def try_all():
    server = MockServer(ENDPOINT)
    endpoint = server.facts
    told = comments()
    before = lib.tcdb_live_objects()
    functions = list(prototypes())
    for prototype in functions:
        if prototype[1] == "tcdb_client_shutdown":
            continue
        try_one(endpoint, prototype, told)
    # For good, so last, and on a client that the panic kept from being shut down.
    for prototype in functions:
        if prototype[1] == "tcdb_client_shutdown":
            try_one(endpoint, prototype, told)
    check(lib.tcdb_live_objects() == before, f"{lib.tcdb_live_objects() - before} objects leaked")
    check(len(functions) >= 60, f"only {len(functions)} functions in the header")
    server.close()
    for failure in failures:
        print("FAILED:", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(try_all())
