"""The shell commands of docs/scripts.md do what the page says, run as they are printed."""
import os
import re
import shlex
import stat
import tempfile
from pathlib import Path

import processes
from fixture import DOCUMENTED, ROOT, MockServerTest, demo_task
from tcdb_fixture import TCDB

PAGE = (ROOT / "docs/scripts.md").read_text()
RESTART, REACTIONS, MANY, UNDER_WAY, INFO = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
RUNNING, FAILED = demo_task(2), demo_task(4)
CRON = re.search(r"^```\n(\*/.*?)^```$", PAGE, re.M | re.S)[1].strip()
(UNIT,), (PLAYBOOK, WORKFLOW), (RESOURCE,) = (re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S) for language in ("ini", "yaml", "hcl"))
# Lines with options of other programs.
OTHERS = [line for line in PAGE.splitlines() if "tccli" in line]


class ScriptsPage(MockServerTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="tcdb-scripts-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program("tcdb", f'exec {TCDB} --endpoint {self.server.https} --ca {self.server.ca} "$@"')
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
        for task, timeout, code, said in [(DOCUMENTED, "30m", 0, "done"), (FAILED, "30m", 1, f"task {FAILED}: exit code 1"),
                                          (RUNNING, "1", 5, "still running after 30 minutes"), ("no-such-task", "30m", 4, "exit code 4")]:
            with self.subTest(code):
                done = self.shell(REACTIONS.replace("--timeout 30m", f"--timeout {timeout}"), id=task)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(said, done.stdout + done.stderr)

    def test_one_process_waits_for_many(self):
        (self.folder / "ids.txt").write_text(f"{DOCUMENTED}\n{FAILED}\n")
        done = self.shell(MANY)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(DOCUMENTED, done.stdout)
        self.assertIn(FAILED, done.stdout)

    def test_a_query_says_whether_a_task_is_under_way(self):
        for task, said in [(RUNNING, "under way\n"), (DOCUMENTED, "")]:
            with self.subTest(task):
                done = self.shell(UNDER_WAY, id=task)
                self.assertEqual((done.returncode, done.stdout), (0, said), done.stderr)

    def test_json_has_what_the_task_says(self):
        done = self.shell(INFO, id=DOCUMENTED)
        self.assertEqual((done.returncode, done.stdout), (0, "Dropped the database table successfully.\n"), done.stderr)

    def profile(self, name):
        folder = self.folder / ".tencentcloud"
        folder.mkdir(mode=0o700)
        path = folder / "credentials"
        path.write_text(f"[{name}]\nsecret_id = {self.server.id}\nsecret_key = {self.server.key}\n")
        path.chmod(0o600)

    def test_the_job_of_cron_waits(self):
        # By a shell with what cron gives a job, and in a folder of the test's.
        self.profile("nightly")
        (self.folder / "ids").write_text(f"{DOCUMENTED}\n")
        job = CRON.split(None, 5)[5]
        for place, ours in (("/run/lock", self.folder), ("/usr/bin/tcdb", self.folder / "tcdb"), ("/var/lib/nightly", self.folder)):
            self.assertIn(place, job)
            job = job.replace(place, str(ours))
        done = processes.run(["sh", "-c", job], env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"})
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (0, f"{DOCUMENTED}: SUCCESS"), done.stderr)

    def test_the_command_of_the_unit_waits_with_the_credentials_that_it_loads(self):
        lines = dict(line.split("=", 1) for line in UNIT.splitlines() if "=" in line)
        name, _ = lines["LoadCredential"].split(":")
        keys = f"TENCENTCLOUD_SECRET_ID={self.server.id}\nTENCENTCLOUD_SECRET_KEY={self.server.key}\n"
        (self.folder / name).write_text(keys)
        region, value = lines["Environment"].split("=")
        environment = {region: value, "CREDENTIALS_DIRECTORY": str(self.folder), "PATH": f"{self.folder}:/usr/bin:/bin"}
        for task, code in ((DOCUMENTED, 0), (FAILED, 1)):
            command = shlex.split(lines["ExecStart"].replace("%i", task))
            self.assertEqual(processes.run(command, env=environment).returncode, code)

    def test_the_commands_for_ansible_terraform_and_github_wait(self):
        argv = re.search(r"argv: \[(.*)\]", PLAYBOOK)[1].split(", ")
        playbook = " ".join('"$ID"' if "{{" in word else word for word in argv)
        resource = re.search(r'command = "(.*)"$', RESOURCE, re.M)[1].replace('\\"', '"')
        workflow = re.search(r"run: (.*)", WORKFLOW)[1]
        for command in (playbook, resource, workflow):
            for task, code in ((DOCUMENTED, 0), (FAILED, 1)):
                with self.subTest(command, code=code):
                    done = self.shell(command, ID=task)
                    self.assertEqual((done.returncode, done.stdout.split(":")[0]), (code, task), done.stderr)

    def test_every_option_on_the_pages_is_one_of_the_programs(self):
        known = {command: self.help_of(command) for command in ("query", "wait", "request", "credentials")}
        for page in ("docs/scripts.md", "docs/command_line.md"):
            for line in (ROOT / page).read_text().splitlines():
                used = re.search(r"tcdb,? (query|wait|request|credentials)\b", line)
                said = known[used[1]] if used else "".join(known.values())
                unknown = [option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line) if option not in said and line not in OTHERS]
                self.assertEqual(unknown, [], line)

    def test_the_exit_codes_of_the_page_are_those_of_the_help(self):
        table = re.findall(r"^\| (\d+) \| ([A-Z_]+) \| ", (ROOT / "docs/command_line.md").read_text(), re.M)
        self.assertEqual(len(table), 10)
        self.assertEqual(table, re.findall(r"^ *(\d+)  ([A-Z_]+)  ", self.help_of("wait"), re.M))

    def help_of(self, command):
        return processes.run([TCDB, command, "--help"], env=self.server.environment()).stdout
