#!/usr/bin/env python3
"""What is shipped: the licences of its crates against a list, and that no crate is in it twice.

Only what is linked into the library counts: not what builds it, not what tests it.
"""
import re
import subprocess
import sys

# Each alone is acceptable for what is linked into another's program under MIT OR Apache-2.0.
ALLOWED = {"MIT", "Apache-2.0", "ISC", "BSD-3-Clause", "Zlib", "0BSD", "Unlicense", "MIT-0", "CC0-1.0", "BSL-1.0", "Unicode-3.0", "CDLA-Permissive-2.0",
           "Apache-2.0 WITH LLVM-exception"}


def tree(*more):
    command = ["cargo", "tree", "--locked", "-e", "normal,no-proc-macro", "--prefix", "none", "-f", "{p}\t{l}", *more]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    crates = {}
    for line in lines:
        package, licence = line.replace(" (*)", "").split("\t")
        name, version = package.split()[:2]
        crates[(name, version)] = licence.strip()
    return crates


def is_allowed(licence):
    """An expression of the SPDX kind, or the older A/B."""
    tokens = re.findall(r"\(|\)|[^\s()]+(?: WITH \S+)?", licence.replace("/", " OR "))
    words = [t if t in ("(", ")") else {"OR": "or", "AND": "and"}.get(t, str(t in ALLOWED)) for t in tokens]
    return bool(words) and eval(" ".join(words))  # nothing but True, False, and, or, brackets


def main():
    crates = tree()
    failures = [f"{name} {version}: licence {licence or 'unknown'}" for (name, version), licence in crates.items() if not is_allowed(licence)]
    versions = {}
    for name, version in crates:
        versions.setdefault(name, []).append(version)
    failures += [f"{name} is shipped {len(v)} times: {', '.join(v)}" for name, v in versions.items() if len(v) > 1]
    if not 30 <= len(crates) <= 100:
        failures.append(f"{len(crates)} crates: is this the library's tree?")
    used = sorted(set(crates.values()))
    print(f"{len(crates)} crates, licences: {'; '.join(used)}")
    for failure in failures:
        print("FAILED:", failure)
    print(f"{2 * len(versions) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
