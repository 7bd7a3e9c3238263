"""Which C programs have to run under the sanitizers and under valgrind: every one, but for those named here.

    python3 watched.py KIND    names those that KIND (asan, memcheck) cannot watch; make builds them as ever
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UNWATCHABLE = {"secret_scan": "it reads all memory of its own process, the tools' own too",
               "stack": "it measures its own stack, which the tools enlarge",
               "forks_amid": "it forks while threads allocate, and the child may find a lock of the tools taken",
               "cut_network": "it runs in network namespaces (check-cut-network)",
               "taint": "it reads all memory of its own process, the tools' own too",
               "soak": "it forks while threads allocate, and has a minute of its own (check-soak)",
               "differential": "libcurl is in it, and it has a check of its own (check-differential)"}
UNWATCHED = {
    "asan": {**UNWATCHABLE, "bounds": "it measures its own memory, which the sanitizers multiply (memcheck watches it)"},
    "memcheck": {**UNWATCHABLE, "threads": "it wants a name to look up, and an address over plain HTTP has none (the sanitizers watch it)"},
}


def programs():
    """Every C program of the tests and the examples: a file with a main()."""
    files = [*ROOT.glob("examples-c/*.c"), *ROOT.glob("tests/programs/*.c")]
    return sorted(file.stem for file in files if re.search(r"^(int )?main\(", file.read_text(), re.M))


if __name__ == "__main__":
    print(*UNWATCHED.get(sys.argv[1], ()))
