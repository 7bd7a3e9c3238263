#!/usr/bin/env python3
"""Holds three lists of the library's functions against one another: the header's, the library's and symbols.txt.

symbols.py LIBRARY...   compares (shared libraries by what they export, static ones by what is global in them)
symbols.py --add        appends to symbols.txt what the header has more, with the package's version
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "symbols.txt"
BASELINE = ROOT / "tests/abi/baseline/surface.abi"


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
    """The symbols of the committed baseline, which may never go."""
    if not BASELINE.exists():
        return set()
    functions = re.search(r"<elf-function-symbols>(.*?)</elf-function-symbols>", BASELINE.read_text(), re.S)
    return set(re.findall(r'<elf-symbol name="(\w+)"', functions[1]))


def add():
    known = {name for name, _ in listed()}
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    new = sorted(declared() - known)
    with LIST.open("a") as file:
        file.writelines(f"{name} {version}\n" for name in new)
    print(f"symbols.txt: {len(new)} added")


def check(libraries):
    names = [name for name, _ in listed()]
    versions = [tuple(map(int, version.split("."))) for _, version in listed()]
    cases = [
        ("symbols.txt names each symbol once", len(names) == len(set(names)), ""),
        ("symbols.txt is in the order of appearance", versions == sorted(versions), ""),
        ("every name begins with tcdb_", all(name.startswith("tcdb_") for name in names), ""),
        ("no symbol of the baseline is gone", released() <= set(names), released() - set(names)),
    ]
    for place, found in [("include/tcdb_async.h", declared()), *((lib, exported(lib)) for lib in libraries)]:
        cases.append((f"{place} has what symbols.txt lists", set(names) <= found, set(names) - found))
        cases.append((f"{place} has nothing else", found <= set(names), found - set(names)))
    for name, holds, which in cases:
        print(f"{'ok' if holds else 'FAILED'}: {name}" + (f": {', '.join(sorted(which))}" if not holds and which else ""))
    failed = sum(not holds for _, holds, _ in cases)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(add() if sys.argv[1:] == ["--add"] else check(sys.argv[1:]))
