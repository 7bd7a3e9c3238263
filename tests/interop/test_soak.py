"""Thousands of waits through one client while everything between it and the task misbehaves: soak.c amid trouble.py."""
import os
import shutil
import tempfile
import unittest

from fixture import BUILD, MockServerTest
from test_real_parts import NEEDED
from trouble import Trouble

# `make soak`: half an hour, 10,000 waits.
SECONDS = int(os.environ.get("SOAK_SECONDS", "60"))
WAITS = int(os.environ.get("SOAK_WAITS", "400"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
PACE, PACE_OF_OTHERS = 60, 10
# Requests of forked children, which have a limiter of their own, and those that the network has held back for a while.
BEYOND = 20
LONGEST_PAUSE_MS = 4000


class Soak(MockServerTest):
    @classmethod
    def setUpClass(cls):
        missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
        if missing:
            raise unittest.SkipTest(f"not installed: {' '.join(missing)}")

    def trouble(self):
        folder = tempfile.mkdtemp(prefix="tcdb-soak-")
        self.addCleanup(shutil.rmtree, folder)
        trouble = Trouble(self.server, folder, SEED)
        self.addCleanup(trouble.close)
        return trouble

    def tasks(self, trouble):
        """A file of the tasks and their ends; the last ends in time for its wait to see it."""
        last = SECONDS * 1000 - WAITS * 1000 // PACE
        lives = self.command(put_many={"seed": SEED, "count": WAITS, "shortest_ms": min(4000, last // 2), "longest_ms": last, "from": "put"})["tasks"]
        return trouble.write("tasks", "".join(f"{one['id']} {one['ends_as']}\n" for one in lives))

    def figures(self, process):
        """What the program prints, until it ends."""
        lines = [line.split() for line in process.stdout]
        process.wait()
        self.assertEqual(process.returncode, 0, process.stderr.read())
        return {name: int(number) for name, number in lines}

    def test_every_wait_ends_as_its_life_says_and_nothing_grows(self):
        trouble = self.trouble()
        arguments = [self.tasks(trouble), PACE, self.server["metadata"], trouble.authorities, *trouble.routes]
        process = self.start(BUILD.command("soak", *arguments), stdin=-1, stdout=-1, stderr=-1, text=True, env=BUILD.environment())
        trouble.go_on(SECONDS)
        if process.poll() is not None:
            self.fail(f"the program ended amid the trouble: {process.stderr.read()} {trouble.done}")
        process.stdin.write("calm\n")
        process.stdin.flush()
        found = self.figures(process)
        stats = self.command(stats=True)
        found.update(requests=stats["requests"], most_in_a_second=stats["max_in_any_second"])
        print(", ".join(f"{name} {number}" for name, number in found.items()))
        print("deeds:", trouble.done)
        self.assertEqual(found["waits"], WAITS)
        self.assertLess(found["slowest_query_ms"], self.limit(2000))
        self.assertLess(found["last_wait_after_calm_ms"], self.limit(3 * LONGEST_PAUSE_MS) + WAITS * 1000 / PACE)
        self.assertLessEqual(found["most_in_a_second"], PACE + (len(trouble.routes) - 1) * PACE_OF_OTHERS + BEYOND)
        self.assertLess(found["resident_kb_second_half"], found["resident_kb_first_half"] * 1.1 + 4096)
        self.assertLess(found["open_files_second_half"], found["open_files_first_half"] * 1.5 + 20)
        self.assertEqual(found["open_files_left"], 0)
        # There was something to withstand.
        self.assertGreater(found["children"], 1)
        self.assertGreater(found["seconds_without_descriptors"], 0)
        self.assertEqual(set(trouble.done), {deed.__name__ for deed in Trouble.DEEDS})
        self.assertGreater(found["queries"], found["query_failures"])
