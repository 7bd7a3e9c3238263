"""What a Windows DLL needs around it: its module definition and import libraries, made from the header."""
import os
import re

from build import inside
from targets import HOME, REPOSITORY

HEADER = os.path.join(REPOSITORY, "include", "tcdb_async.h")
# What a parameter takes of a 32-bit stack; everything else is a word of four bytes.
WIDE = re.compile(r"^(const )?u?int64_t \w+$")


def functions():
    """(name, what it returns, its parameters) of every function, in the header's order."""
    text = re.sub(r"/\*.*?\*/", "", open(HEADER).read(), flags=re.S)
    for result, name, parameters in re.findall(r"TCDB_API\s+([^;(#]*?)\s*TCDB_CALL (tcdb_\w+)\(([^)]*)\)\s*;", text):
        each = [" ".join(parameter.split()) for parameter in parameters.split(",") if parameter.strip() != "void"]
        yield name, " ".join(result.split()), each


def stack_bytes(parameters):
    """What the parameters take of a 32-bit stack."""
    return sum(8 if WIDE.match(parameter) else 4 for parameter in parameters)


def definition(platform):
    """On 32 bits a name carries the size of its parameters, which the linker takes off again (-k): exports have none."""
    names = [f"{name}@{stack_bytes(parameters)}" if platform.bits == 32 else name for name, _, parameters in functions()]
    return "LIBRARY tcdb_async.dll\nEXPORTS\n" + "".join(f"    {name}\n" for name in sorted(names))


def import_libraries(platform, folder):
    """Writes the definition and both import libraries; their paths by the linker they are for."""
    made = {"def": os.path.join(folder, "tcdb_async.def"), "mingw": os.path.join(folder, "libtcdb_async.dll.a"),
            "msvc": os.path.join(folder, "tcdb_async.lib")}
    with open(made["def"], "w") as file:
        file.write(definition(platform))
    kill = ["-k"] if platform.bits == 32 else []
    inside([f"{platform.mingw}-dlltool", *kill, "-d", made["def"], "-l", made["mingw"]], platform)
    zig = [os.path.join(HOME, "python", "bin", "python"), "-m", "ziglang", "dlltool"]
    machine = "i386:x86-64" if platform.bits == 64 else "i386"
    inside([*zig, *kill, "-m", machine, "-d", made["def"], "-l", made["msvc"]], platform)
    return made
