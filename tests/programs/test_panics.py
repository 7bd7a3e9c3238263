"""A panic inside every exported function, in a process of its own, so that whatever it prints is seen."""
import os
import subprocess
import sys
import unittest

import processes
from fixture import BUILD, ROOT


class Panics(unittest.TestCase):
    def test_a_panic_in_any_function_prints_nothing_and_does_no_harm(self):
        environment = {}
        if b"__asan_init" in BUILD.library.read_bytes():
            # AddressSanitizer's runtime has to come first.
            runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout.strip()
            environment = {"LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=0"}
        command = [sys.executable, ROOT / "tests/suite.py", ROOT / "tests/programs/panics_inside.py"]
        ran = processes.run(command, env={**os.environ, **environment}, timeout=300, errors="replace")
        print(ran.stdout)
        self.assertEqual((ran.returncode, ran.stderr[:2000]), (0, ""))
