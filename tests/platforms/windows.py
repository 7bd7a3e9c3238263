"""What a Windows DLL needs around it: its module definition and import libraries, made from the header."""
import os
import re
import subprocess

from build import inside
from targets import HOME, REPOSITORY

HEADER = os.path.join(REPOSITORY, "include", "tcdb_async.h")
# What a parameter takes of a 32-bit stack; everything else is a word of four bytes.
WIDE = re.compile(r"^(const )?u?int64_t \w+$")


def functions():
    """(name, bytes of parameters on 32 bits) of every function, in the header's order."""
    text = re.sub(r"/\*.*?\*/", "", open(HEADER).read(), flags=re.S)
    for name, parameters in re.findall(r"\bTCDB_CALL (tcdb_\w+)\(([^)]*)\)\s*;", text):
        each = [" ".join(parameter.split()) for parameter in parameters.split(",") if parameter.strip() != "void"]
        yield name, sum(8 if WIDE.match(parameter) else 4 for parameter in each)


def definition(platform):
    """On 32 bits a name carries the size of its parameters, which the linker takes off again (-k): exports have none."""
    names = [f"{name}@{size}" if platform.bits == 32 else name for name, size in functions()]
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


def facts(library):
    """(exports, imported DLLs) of a DLL."""
    shown = subprocess.run(["objdump", "-p", library], capture_output=True, text=True, check=True).stdout
    exports = re.search(r"\[Ordinal/Name Pointer\] Table.*?\n(.*?)\n\n", shown, re.S)
    names = re.findall(r"\]\s+(?:\+base\[[^\]]*\]\s+\w*\s*)?(\S+)$", exports[1] if exports else "", re.M)
    return names, re.findall(r"DLL Name: (\S+)", shown)
