"""The library's ABI as XML that abidiff reads.

abidw reports everything, the Rust types inside the objects too. What a program can see is kept: the exported functions,
their parameters and results, with the objects as opaque as the header makes them. So the file is small enough to
commit, and a change inside an object is not a change of the ABI.

surface.py LIBRARY (`make abi-baseline`) makes today's header and library the baseline of the package's version: once for each
release that adds functions.
"""
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]

# What leads on to another type.
LEADS = {"pointer-type-def", "reference-type-def", "qualified-type-def", "typedef-decl", "function-type"}


def version():
    """The package's."""
    return re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]


def baselines():
    """The folder of each release whose surface is kept, the oldest first."""
    return sorted((path for path in FOLDER.iterdir() if (path / "surface.abi").exists()), key=lambda path: [int(part) for part in path.name.split(".")])


def dump(library):
    with tempfile.NamedTemporaryFile(suffix=".abi") as out:
        command = ["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--type-id-style", "hash",
                   library, "--out-file", out.name]
        subprocess.run(command, check=True)
        return ET.parse(out.name).getroot()


def is_exported(element):
    return element.get("elf-symbol-id", element.get("name", "")).startswith("tcdb_")


def opaque(element):
    """A struct or enum of Rust's as its name and size alone; its name has the signature where it is a callback.

    Rust spells the convention "system", which is C's wherever this check runs: 32-bit Windows alone has another.
    """
    name = element.get("name").replace('extern "system"', 'extern "C"')
    kept = {"name": name, "id": element.get("id"), "is-struct": "yes", "visibility": "default"}
    if element.get("name").startswith("tcdb_"):
        return ET.Element("class-decl", {**kept, "is-declaration-only": "yes"})
    return ET.Element("class-decl", {**kept, "size-in-bits": element.get("size-in-bits", "0")})


def reached(functions, types):
    """The types that the functions lead to, in a stable order."""
    kept, waiting = {}, [use.get("type-id") for function in functions for use in function.iter() if use.get("type-id")]
    while waiting:
        name = waiting.pop()
        if name in kept or name not in types:
            continue
        element = types[name]
        if element.tag in LEADS:
            kept[name] = element
            waiting += [use.get("type-id") for use in element.iter() if use.get("type-id")]
        else:
            kept[name] = element if element.tag == "type-decl" else opaque(element)
    return [kept[name] for name in sorted(kept)]


def surface(root):
    types = {element.get("id"): element for element in root.iter() if element.get("id") and element.tag != "elf-symbol"}
    functions = {element.get("name"): element for element in root.iter("function-decl") if is_exported(element) and element.get("elf-symbol-id")}
    functions = [functions[name] for name in sorted(functions)]
    corpus = ET.Element("abi-corpus", root.attrib)
    symbols = ET.SubElement(corpus, "elf-function-symbols")
    symbols.extend(symbol for symbol in root.iter("elf-symbol") if is_exported(symbol))
    unit = ET.SubElement(corpus, "abi-instr", {"address-size": "64", "path": "src/ffi", "language": "LANG_C11"})
    unit.extend(reached(functions, types))
    unit.extend(functions)
    ET.indent(corpus)
    return corpus


def write(tree, path):
    ET.ElementTree(tree).write(path)


if __name__ == "__main__":
    baseline = FOLDER / version()
    baseline.mkdir(exist_ok=True)
    write(surface(dump(sys.argv[1])), baseline / "surface.abi")
    shutil.copy(ROOT / "include/tcdb_async.h", baseline)
