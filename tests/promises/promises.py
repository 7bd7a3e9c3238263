#!/usr/bin/env python3
"""Writes promises.json: every promise of the header and the documentation, its id, and the tests that hold it.

`make promises` keeps the tests of a sentence that has not changed, or has changed a little; a new one has none until someone
names them, and check-promises fails until then. A sentence that says nothing to be held has the word "why" in place of tests.
"""
import difflib
import json
import re
from pathlib import Path

import sentences

LIST = Path(__file__).with_name("promises.json")
# A sentence this near to an old one of the same place is the same promise in other words.
SAME = 0.7
RUST_TEST = re.compile(r"#\[test\]\n(?:\s*#\[.*?\]\n|\s*//.*\n)*\s*(?:pub )?fn (\w+)")
PYTHON_TEST = re.compile(r"^\s+def (test_\w+)\(", re.M)
# Where tests are, from the root.
TESTS = [("src", "*.rs"), ("tests/c_api", "*.rs"), ("tests/models", "*.rs"), ("tests/loom/src", "*.rs"), ("tests", "*.rs"),
         ("tests/header", "*.rs"), ("tests/mock-server/tests", "*.rs"), ("tests", "test_*.py"), ("tests/programs", "panics_inside.py"),
         ("bindings/python/tests", "test_*.py")]


def tests():
    """Every test of the project, as file::name."""
    found = set()
    for folder, names in TESTS:
        for path in (sentences.ROOT / folder).rglob(names):
            pattern = RUST_TEST if path.suffix == ".rs" else PYTHON_TEST
            file = path.relative_to(sentences.ROOT).as_posix()
            found.update(f"{file}::{name}" for name in pattern.findall(path.read_text()))
    return found


def listed():
    return json.loads(LIST.read_text()) if LIST.exists() else []


def place(promise):
    return promise.rpartition(".")[0]


def kept(promise, sentence, old):
    """What held the sentence, or the nearest to it in the same place."""
    for entry in old:
        if entry["sentence"] == sentence and place(entry["id"]) == place(promise):
            return entry
    near = [(difflib.SequenceMatcher(None, entry["sentence"], sentence).ratio(), entry) for entry in old
            if place(entry["id"]) == place(promise)]
    ratio, entry = max(near, key=lambda pair: pair[0], default=(0, None))
    return entry if ratio >= SAME else {}


def write():
    old = listed()
    new = []
    for promise, sentence in sentences.promises().items():
        entry = kept(promise, sentence, old)
        held = {"why": entry["why"]} if entry.get("why") else {"tests": entry.get("tests", [])}
        new.append({"id": promise, "sentence": sentence, **held})
    LIST.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n")
    for entry in new:
        if not entry.get("tests") and not entry.get("why"):
            print(f"{entry['id']} has no test: {entry['sentence']}")


if __name__ == "__main__":
    write()
