"""What must hold of library and tool as they are shipped: exports, what they need of the system, size."""
import os
import re
import subprocess
import sys

from targets import REPOSITORY

sys.path.append(os.path.join(REPOSITORY, "tests", "linking"))
import elf_facts  # noqa: E402

# The most bytes that a library has, by platform.
LARGEST = 3_750_000
LARGEST_OF = {"linux-x86_64": 2_650_000}
# What every Windows since 8 has; the last is part of the system, whatever its name.
SYSTEM_DLLS = {"kernel32.dll", "ntdll.dll", "ws2_32.dll", "advapi32.dll", "crypt32.dll", "secur32.dll", "bcrypt.dll",
               "bcryptprimitives.dll", "userenv.dll", "msvcrt.dll", "api-ms-win-core-synch-l1-2-0.dll"}
MUSL = {"libc.so"}
# Every FreeBSD's since 7: its C library, and its threads.
FREEBSD = {"libc.so.7", "libthr.so.3"}


def shown(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def foreign_dlls(file):
    """What a Windows program or DLL needs that is not a part of Windows."""
    imports = {name.lower() for name in re.findall(r"DLL Name: (\S+)", shown("objdump", "-p", file))}
    return imports - SYSTEM_DLLS


def of_dll(library):
    headers = shown("objdump", "-p", library)
    table = headers.split("[Ordinal/Name Pointer] Table", 1)[-1].split("\n\n", 1)[0]
    exports = {line.split()[-1] for line in table.splitlines() if line.strip().startswith("[")}
    foreign = foreign_dlls(library)
    yield "it imports system DLLs alone", not foreign, foreign
    yield from of_exports(exports)


def of_elf(platform, library):
    needed = elf_facts.needed_by(library)
    if platform.is_musl:
        yield from elf_facts.facts_of_any(library)
        yield "it needs musl alone", needed == MUSL, needed - MUSL
    elif platform.is_freebsd:
        yield from elf_facts.facts_of_any(library)
        yield "it needs FreeBSD's own libraries alone", needed <= FREEBSD, needed - FREEBSD
    else:
        yield from elf_facts.facts(library, "2.17")
    symbols = shown("readelf", "--dyn-syms", "-W", library)
    defined = re.findall(r" (?:GLOBAL|WEAK) +DEFAULT +\d+ (\S+)$", symbols, re.M)
    yield from of_exports({name.split("@")[0] for name in defined})


def of_exports(exports):
    lines = open(os.path.join(REPOSITORY, "symbols.txt")).read().splitlines()
    listed = {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}
    yield "it exports what symbols.txt lists and nothing else", exports == listed, exports ^ listed


def of_tool(platform, tool):
    if platform.is_windows:
        foreign = foreign_dlls(tool)
        yield "the tool imports system DLLs alone", not foreign, foreign
    elif platform.is_musl:
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", elf_facts.readelf("-dW", tool)) + re.findall("INTERP", elf_facts.readelf("-lW", tool))
        yield "the tool needs nothing of the system", not needed, needed
    else:
        versions = {tuple(map(int, version.split("."))) for version in re.findall(r"Name: GLIBC_([0-9.]+)", elf_facts.readelf("-VW", tool))}
        yield "the tool needs glibc 2.17 at most", max(versions) <= (2, 17), versions


def of_library(platform, library):
    yield from of_dll(library) if platform.is_windows else of_elf(platform, library)
    yield of_size(platform, library)


def of_size(platform, library):
    size, largest = os.path.getsize(library), LARGEST_OF.get(platform.name, LARGEST)
    return f"the library has {size} bytes, {largest} at most", size <= largest, ""


def check(platform, built):
    row = outcome([*of_library(platform, built["library"]), *of_tool(platform, built["tool"])])
    return row | {"bytes": os.path.getsize(built["library"])}


def check_linked(platform, library):
    """Of a library that cannot run here: what can be read of the file, but for its size, which is for what is shipped."""
    return outcome(of_elf(platform, library))


def outcome(facts):
    found = list(facts)
    for what, is_good, _ in found:
        print(f"  {'ok' if is_good else 'FAILED'}: {what}")
    failed = [f"{what}: {detail}" for what, is_good, detail in found if not is_good]
    return {"passed": len(found) - len(failed), "failed": failed, "skipped": {}}
