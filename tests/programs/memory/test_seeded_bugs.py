"""The sanitizers and valgrind are on: each seeded bug is found, and the same program without one passes."""
import subprocess

import memcheck
from fixture import BUILD, ProgramTest

FOUND = {
    "asan": {"use_after_free": "heap-use-after-free", "free_twice": "AddressSanitizer", "read_beyond": "heap-buffer-overflow",
             "leak": "LeakSanitizer", "undefined": "signed integer overflow"},
    "memcheck": {"use_after_free": "Invalid read", "free_twice": "Invalid", "read_beyond": "Invalid read", "leak": "definitely lost"},
}


class SeededBugs(ProgramTest):
    def setUp(self):
        BUILD.reports.mkdir(exist_ok=True)
        self.addCleanup(self.take_reports)

    def take_reports(self):
        """What the tool has written since; removed, as these are not faults of the library."""
        texts = []
        for path in BUILD.reports.glob("seeded_bugs.*"):
            texts.append(path.read_text(errors="replace") if path.suffix != ".ran" else "")
            path.unlink()
        return "".join(texts)

    def test_every_seeded_bug_is_found(self):
        for bug, mark in FOUND[BUILD.kind].items():
            with self.subTest(bug):
                self.run_program("seeded_bugs", bug, errors="replace")
                self.assertIn(mark, self.take_reports())

    def test_without_a_bug_nothing_is_found(self):
        ran = self.run_program("seeded_bugs", "none")
        said = self.take_reports()
        self.assertEqual(ran.returncode, 0)
        if BUILD.kind == "memcheck":
            self.assertIn("ERROR SUMMARY: 0 errors", said)
        else:
            self.assertEqual(said, "")

    def test_the_library_itself_is_watched(self):
        if BUILD.kind == "memcheck":
            self.assertTrue(memcheck.wrapper("seeded_bugs", BUILD.reports))
            return
        symbols = subprocess.run(["nm", "-D", BUILD.library], capture_output=True, text=True, check=True).stdout
        for symbol in ("__asan_report_load", "__asan_init"):
            self.assertIn(f"U {symbol}", symbols)
