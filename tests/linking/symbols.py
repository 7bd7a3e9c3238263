#!/usr/bin/env python3
"""Three lists of the library's functions: the header's, the library's and symbols.txt.

Run as a program (`make symbols`) this appends to symbols.txt what the header has more, with the package's version.
"""
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "symbols.txt"
SURFACES = ROOT / "tests/abi"


def declared():
    text = (ROOT / "include/tcdb_async.h").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"\bTCDB_API\b[^;(#]*?\b(\w+)\s*\(", text))


def listed():
    """(name, version) in the file's order."""
    lines = (line.split() for line in LIST.read_text().splitlines() if line and not line.startswith("#"))
    return [(name, version) for name, version in lines]


def exported(library):
    kind = ["-D"] if ".so" in Path(library).name else ["-g"]
    nm = subprocess.run(["nm", *kind, "--defined-only", library], capture_output=True, text=True, check=True)
    return {fields[-1] for fields in map(str.split, nm.stdout.splitlines()) if len(fields) == 3}


def released():
    """{version: the symbols of that release's surface}, which may never go."""
    found = {}
    for surface in SURFACES.glob("*/surface.abi"):
        functions = re.search(r"<elf-function-symbols>(.*?)</elf-function-symbols>", surface.read_text(), re.S)
        found[surface.parent.name] = set(re.findall(r'<elf-symbol name="(\w+)"', functions[1]))
    return found


def add():
    known = {name for name, _ in listed()}
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    new = sorted(declared() - known)
    with LIST.open("a") as file:
        file.writelines(f"{name} {version}\n" for name in new)
    print(f"symbols.txt: {len(new)} added")


if __name__ == "__main__":
    add()
