"""The licences of all crates that are linked into the library, in one text.

python3 crate_licences.py [FOLDER_OF_CARGO_TOML [TARGET]]

TARGET: the platform that the library is for, by Rust's name; this machine's without it, or that in TCDB_ASYNC_TARGET.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TITLE = """\
The shared library in this package contains code of the Rust standard library (MIT OR Apache-2.0, The Rust Project
Contributors) and of the crates below, under the licences that follow each. A text that many share appears once."""
LICENCE_FILES = ("LICEN", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def collect(folder: Path, target: str | None = None) -> str:
    """The text for the package whose Cargo.toml is in the folder. A crate without a licence text is an error."""
    parts, seen = [TITLE], dict[str, str]()
    for crate in sorted(linked_crates(folder, target), key=lambda each: (each["name"], each["version"])):
        texts = licence_texts(Path(crate["manifest_path"]).parent)
        if not texts and not crate["license"]:
            raise SystemExit(f"crate {crate['name']} {crate['version']} names no licence")
        heading = f"{crate['name']} {crate['version']} ({crate['license'] or 'see below'})"
        parts.append("\n".join(["=" * 100, heading, *(crate["authors"] or []), crate["repository"] or ""]).rstrip())
        for name, text in texts:
            said_at = seen.setdefault(text, f"{crate['name']} {crate['version']}, {name}")
            is_first = said_at.startswith(f"{crate['name']} {crate['version']},")
            parts.append(f"--- {name} ---\n\n{text}" if is_first else f"--- {name}: the text of {said_at} ---")
    return "\n\n".join(parts) + "\n"


def linked_crates(folder: Path, target: str | None = None) -> list[dict[str, Any]]:
    """What the library reaches by dependencies that are neither for building nor for tests, on one platform."""
    target = target or os.environ.get("TCDB_ASYNC_TARGET") or host_triple()
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    reached, left = {root}, [root]
    while left:
        for dependency in nodes[left.pop()]["deps"]:
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_linked and dependency["pkg"] not in reached and not is_macro(packages[dependency["pkg"]]):
                reached.add(dependency["pkg"])
                left.append(dependency["pkg"])
    return [packages[each] for each in reached - {root}]


def is_macro(package: dict[str, Any]) -> bool:
    """Runs in the compiler; is not linked."""
    return any("proc-macro" in target["kind"] for target in package["targets"])


def host_triple() -> str:
    said = subprocess.run(["rustc", "-vV"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return next(line.partition(": ")[2] for line in said.splitlines() if line.startswith("host: "))


def licence_texts(crate: Path) -> list[tuple[str, str]]:
    files = [each for each in sorted(crate.iterdir()) if each.is_file() and each.name.upper().startswith(LICENCE_FILES)]
    return [(each.name, each.read_text(encoding="utf-8", errors="replace").strip()) for each in files]


if __name__ == "__main__":
    sys.stdout.write(collect(Path(sys.argv[1] if len(sys.argv) > 1 else "."), *sys.argv[2:3]))
