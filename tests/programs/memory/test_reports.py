"""What the sanitizers or valgrind reported while the checks ran (`make check-memory`), and that every C program has run."""
import re
import unittest

import memcheck
from fixture import BUILD
from watched import UNWATCHED, programs


def first_lines(path):
    """Of what was reported; before it a log names its tool, and the program that was watched."""
    lines = path.read_text(errors="replace").splitlines()
    first = next((n for n, line in enumerate(lines) if re.search(r"ERROR|Invalid|uninitialised|definitely lost: [1-9]|killed|signal", line)), 0)
    return "\n".join([*lines[:8], *lines[max(first - 2, 8):first + 40]])


class Reports(unittest.TestCase):
    def test_no_program_has_a_report(self):
        for path in sorted(BUILD.reports.iterdir()):
            with self.subTest(path.name):
                if BUILD.kind == "memcheck":
                    self.assertIn("ERROR SUMMARY: 0 errors", path.read_text(errors="replace"), first_lines(path))
                elif re.search(r"\.\d+$", path.name):
                    # LeakSanitizer also remarks that a forked child lacks its parent's threads: not a report.
                    self.assertNotRegex(path.read_text(errors="replace"), "ERROR:|runtime error:", first_lines(path))

    def test_every_program_has_run(self):
        unwatched = UNWATCHED[BUILD.kind]
        for name, reason in unwatched.items():
            print(f"not watched: {name}: {reason}")
        for name in programs():
            if name in unwatched:
                continue
            with self.subTest(name):
                ran = memcheck.logs(name, BUILD.reports) if BUILD.kind == "memcheck" else (BUILD.reports / f"{name}.ran").exists()
                self.assertTrue(ran, f"{name} has not run under {BUILD.kind}")
