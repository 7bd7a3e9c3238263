"""The header's promise on the caller's stack: measured on painted ones."""
import re

from fixture import ROOT, HomeTest


class Stack(HomeTest):
    def test_no_call_takes_more_than_the_header_says(self):
        header = (ROOT / "include/tcdb_async.h").read_text()
        promised = int(re.search(r"at most (\d+) KiB of the\s+\*?\s*caller's\s+\*?\s*stack", header)[1])
        profiles = self.write("credentials", "[default]\nsecret_id = one\nsecret_key = two\n")
        ran = self.run_program("stack", *self.server.arguments(), profiles)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        taken = dict(line.split() for line in ran.stdout.splitlines())
        self.assertEqual(set(taken), {"query", "wait", "refuse", "profile"}, ran.stdout)
        for call, kib in taken.items():
            with self.subTest(call=call, kib=kib):
                self.assertLessEqual(int(kib), promised)
        print("KiB of stack:", taken)
