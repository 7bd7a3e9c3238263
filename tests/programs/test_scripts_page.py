"""The shell commands of docs/scripts.md do what the page says, run as they are printed."""
import os
import re
import stat
import tempfile
from pathlib import Path

import processes
from fixture import BUILD, DOCUMENTED, ROOT, MockServerTest, demo_task

PAGE = (ROOT / "docs/scripts.md").read_text()
RESTART, REACTIONS, MANY, UNDER_WAY = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
RUNNING, FAILED = demo_task(2), demo_task(4)


class ScriptsPage(MockServerTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="tcdb-scripts-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("query", "wait"):
            self.program(f"tcdb-{name}", f'exec {BUILD.program(name)} --endpoint {self.server.https} --ca {self.server.ca} "$@"')
        # The vendor's command line, as far as the page uses it.
        self.program("tccli", f"echo '\"{DOCUMENTED}\"'")

    def program(self, name, text):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def shell(self, script, **variables):
        environment = self.server.environment(PATH=f"{self.folder}:{os.environ['PATH']}", **variables)
        return processes.run(["sh", "-c", script], cwd=self.folder, env=environment)

    def test_a_script_goes_on_after_the_end_of_its_task(self):
        done = self.shell(RESTART)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "restarted"), done.stderr)

    def test_each_exit_code_has_its_reaction(self):
        for task, timeout, code, said in [(DOCUMENTED, "1800", 0, "done"), (FAILED, "1800", 1, f"task {FAILED}: exit code 1"),
                                          (RUNNING, "1", 5, "still running after 30 minutes"), ("no-such-task", "1800", 4, "exit code 4")]:
            with self.subTest(code):
                done = self.shell(REACTIONS.replace("--timeout 1800", f"--timeout {timeout}"), id=task)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(said, done.stdout + done.stderr)

    def test_one_process_waits_for_many(self):
        (self.folder / "ids.txt").write_text(f"{DOCUMENTED}\n{FAILED}\n")
        done = self.shell(MANY)
        # xargs gives 123 for a command that gave 1 to 125.
        self.assertEqual(done.returncode, 123, done.stderr)
        self.assertIn(DOCUMENTED, done.stdout)
        self.assertIn(FAILED, done.stdout)

    def test_a_query_says_whether_a_task_is_under_way(self):
        for task, said in [(RUNNING, "under way\n"), (DOCUMENTED, "")]:
            with self.subTest(task):
                done = self.shell(UNDER_WAY, id=task)
                self.assertEqual((done.returncode, done.stdout), (0, said), done.stderr)

    def test_every_option_on_the_page_is_one_of_the_programs(self):
        for name in ("query", "wait"):
            known = self.run_help(name)
            for command in re.findall(rf"tcdb-{name}[ ,][^\n`]*", PAGE):
                unknown = [option for option in re.findall(r"--[a-z-]+", command) if option not in known]
                self.assertEqual(unknown, [], command)

    def run_help(self, name):
        done = processes.run([BUILD.program(name), "--help"], env=self.server.environment())
        return done.stdout + done.stderr
