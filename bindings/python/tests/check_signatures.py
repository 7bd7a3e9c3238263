"""Holds the hand-written table of _ffi.py against include/tcdb_async.h, as pycparser reads it.

    python3 check_signatures.py HEADER

Then seeds wrong widths, counts, constants and names into copies of the table: each must be found.
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile

from pycparser import c_ast, c_parser

from tcdb_async import _ffi

# Just enough of the standard headers for a preprocessor that shall not meet a compiler's extensions.
STAND_INS = {
    "stddef.h": "typedef unsigned long size_t;\n#define NULL ((void *)0)\n",
    "stdint.h": "typedef int int32_t; typedef unsigned uint32_t;\n"
    "typedef long int64_t; typedef unsigned long uint64_t;\n",
}
INTEGERS = {
    "int32_t": (4, True),
    "uint32_t": (4, False),
    "int64_t": (8, True),
    "uint64_t": (8, False),
    "size_t": (8, False),
}
# Texts that may hold a NUL, which c_char_p would cut: their address is taken, and their length asked for.
COUNTED = {"tcdb_result_info", "tcdb_error_server_message", "tcdb_request_body"}


def preprocessed(header, *options):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in STAND_INS.items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        command = [os.environ.get("CC", "cc"), "-E", "-P", "-nostdinc", "-I", folder, *options, header]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Header:
    def __init__(self, path):
        declarations = c_parser.CParser().parse(preprocessed(path)).ext
        self._typedefs = {each.name: each.type for each in declarations if isinstance(each, c_ast.Typedef)}
        functions = [
            each for each in declarations if isinstance(each, c_ast.Decl) and isinstance(each.type, c_ast.FuncDecl)
        ]
        self.functions = {each.name: self._signature(each) for each in functions}
        macros = re.findall(r"^#define (TCDB_\w+) (\d+)\s*$", preprocessed(path, "-dM"), re.M)
        self.constants = {name: int(value) for name, value in macros}

    def _signature(self, function):
        parameters = [each.type for each in function.type.args.params]
        if len(parameters) == 1 and self._kind(parameters[0]) == "nothing":
            parameters = []
        return self._kind(function.type.type), tuple(self._kind(each) for each in parameters)

    def _kind(self, declared):
        """An integer's (size, signed), or "text", "object", "place of an object", "function", "nothing"."""
        if isinstance(declared, c_ast.PtrDecl):
            return self._kind_of_pointer(declared.type)
        name = declared.type.names[0] if isinstance(declared.type, c_ast.IdentifierType) else None
        if name in INTEGERS:
            return INTEGERS[name]
        if name == "void":
            return "nothing"
        if name in self._typedefs:
            return self._kind(self._typedefs[name])
        raise SystemExit(f"the check does not know this type: {declared}")

    def _kind_of_pointer(self, target):
        if isinstance(target, c_ast.FuncDecl):
            return "function"
        if isinstance(target, c_ast.PtrDecl):
            return "place of an object"
        names = getattr(target.type, "names", None)
        if names and names[0] in INTEGERS:
            return "place of", INTEGERS[names[0]]
        return "text" if names == ["char"] else "object"


def kind_in_table(ctype):
    if ctype is None:
        return "nothing"
    if ctype is ctypes.c_char_p:
        return "text"
    if ctype is ctypes.c_void_p:
        return "object"
    if ctype is _ffi.FUNCTION:
        return "function"
    if ctype is ctypes.POINTER(ctypes.c_void_p):
        return "place of an object"
    if isinstance(ctype, type(ctypes.POINTER(ctypes.c_int32))):
        return "place of", kind_in_table(ctype._type_)
    return ctypes.sizeof(ctype), ctype(-1).value < 0


def differences(header, functions, constants, excused):
    for name, (restype, argtypes) in functions.items():
        ours = kind_in_table(restype), tuple(kind_in_table(each) for each in argtypes)
        theirs = header.functions.get(name)
        if theirs and name in COUNTED and theirs[0] == "text":
            theirs = "object", theirs[1]
        if ours != theirs:
            yield f"{name}: the table says {ours}, the header {theirs}"
    for name in header.functions.keys() - functions.keys() - excused.keys():
        yield f"{name}: in the header, and neither in the table nor excused"
    for name in excused.keys() - header.functions.keys():
        yield f"{name}: excused, but not in the header"
    in_header = {
        name: value for name, value in header.constants.items() if re.match("TCDB_(OK|ERR_|STATUS_|LOG_)", name)
    }
    for name in sorted(constants.keys() | in_header.keys()):
        if constants.get(name) != in_header.get(name):
            yield f"{name}: the table says {constants.get(name)}, the header {in_header.get(name)}"


def seeds(functions, constants, excused):
    """Copies of the table with one mistake each."""
    step = "tcdb_waiter_step"
    restype, argtypes = functions[step]
    yield (
        "a wrong width",
        {**functions, step: (restype, (argtypes[0], ctypes.c_uint64, *argtypes[2:]))},
        constants,
        excused,
    )
    yield "a wrong sign", {**functions, step: (ctypes.c_uint32, argtypes)}, constants, excused
    yield "a missing parameter", {**functions, step: (restype, argtypes[:-1])}, constants, excused
    yield "a text for an object", {**functions, step: (restype, (ctypes.c_char_p, *argtypes[1:]))}, constants, excused
    add = "tcdb_wait_queue_add"
    result, parameters = functions[add]
    narrow = (*parameters[:5], ctypes.POINTER(ctypes.c_uint32), *parameters[6:])
    yield "a wrong width behind a pointer", {**functions, add: (result, narrow)}, constants, excused
    yield "a missing function", {name: functions[name] for name in functions if name != step}, constants, excused
    yield "an unknown function", {**functions, "tcdb_no_such": (None, ())}, constants, excused
    yield "a wrong code", functions, {**constants, "TCDB_ERR_TLS": 23}, excused
    yield (
        "a missing status",
        functions,
        {name: constants[name] for name in constants if name != "TCDB_STATUS_PAUSED"},
        excused,
    )
    yield "a needless excuse", functions, constants, {**excused, "tcdb_no_such": ""}


def main():
    header = Header(sys.argv[1])
    table = ({**_ffi.CALLS, **_ffi.ACCESSORS}, {**_ffi.CODES, **_ffi.STATUSES, **_ffi.LOG_LEVELS}, _ffi.NOT_BOUND)
    passed = failed = 0
    found = list(differences(header, *table))
    for each in found:
        print(f"FAIL {each}")
    abi = header.constants["TCDB_ABI_VERSION"]
    if (abi >> 16, abi & 0xFFFF) != (_ffi.ABI_MAJOR, _ffi.ABI_MINOR):
        found.append("ABI")
        print(f"FAIL the header's ABI is {abi:#x}")
    print(f"{len(table[0])} functions and {len(table[1])} constants held against the header")
    failed, passed = (1, 0) if found else (0, 1)
    for name, *seeded in seeds(*table):
        missed = len(list(differences(header, *seeded))) == len(found)
        print(f"{'FAIL' if missed else 'ok'} {name} is found")
        failed, passed = failed + missed, passed + (not missed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
