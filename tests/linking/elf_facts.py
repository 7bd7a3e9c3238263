"""What readelf says of the shared library."""
import re
import subprocess

ALLOWED_NEEDED = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1",
                  "libgcc_s.so.1",
                  # The loader, by processor.
                  "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-linux.so.2", "ld-linux-armhf.so.3", "ld64.so.1"}


def readelf(option, library):
    return subprocess.run(["readelf", option, library], capture_output=True, text=True, check=True).stdout


def facts(library, highest_glibc=None):
    """(what, whether it holds, detail) of each property that the library for Linux with glibc has to have."""
    yield from facts_of_any(library)
    needed = needed_by(library)
    glibc = max((tuple(map(int, v.split("."))) for v in re.findall(r"Name: GLIBC_([0-9.]+)", readelf("-VW", library))),
                default=(0,))
    said = ".".join(map(str, glibc))
    yield f"needs parts of glibc and libgcc_s only ({', '.join(sorted(needed))})", needed <= ALLOWED_NEEDED, needed - ALLOWED_NEEDED
    limit = tuple(map(int, highest_glibc.split("."))) if highest_glibc else None
    yield f"needs glibc {said}" + (f", {highest_glibc} at most" if limit else ""), not limit or glibc <= limit, ""


def needed_by(library):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("-dW", library)))


def facts_of_any(library):
    """What holds whatever the system's C library is: what build.rs asks of the linker."""
    dynamic, segments = readelf("-dW", library), readelf("-lW", library)
    flags = " ".join(re.findall(r"\(FLAGS(?:_1)?\)\s+(.*)", dynamic))
    stack = re.search(r"GNU_STACK\s+(?:\S+\s+){5}([RWE ]+)", segments)
    yield "SONAME is libtcdb_async.so.0", "soname: [libtcdb_async.so.0]" in dynamic, ""
    yield "stays loaded (NODELETE)", "NODELETE" in flags, flags
    yield "binds at the start (BIND_NOW)", "NOW" in flags.split() or "BIND_NOW" in flags, flags
    yield "has a segment that becomes read-only (RELRO)", "GNU_RELRO" in segments, ""
    yield "has no executable stack", bool(stack) and "E" not in stack[1], stack and stack[0]
    yield "has no text relocations", "TEXTREL" not in dynamic, ""
    yield "has no RPATH", "PATH)" not in dynamic, ""
