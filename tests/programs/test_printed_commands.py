"""Each block of commands in the READMEs and the guides is run as it is printed, here or by the test that is named, or is named as
one that cannot be."""
import json
import os
import re
from pathlib import Path

import processes
from fixture import DOCUMENTED, ROOT, HomeTest
from tcdb_fixture import TCDB

PAGES = ["README.md", "README.zh-CN.md", "bindings/README.md", "bindings/python/README.md", "tests/mock-server/README.md",
         *sorted(str(path.relative_to(ROOT)) for folder in ("docs", "docs/site") for path in (ROOT / folder).glob("*.md"))]
# By what a block begins with: who runs it.
HERE = "tests/programs/test_printed_commands.py::"
RUN_BY = {
    "make demo ": HERE + "test_the_demonstration_runs",
    "tcdb wait --timeout 30m --region": HERE + "test_the_command_lines_of_the_readme",
    "source <(tcdb completions bash)": HERE + "test_the_completions_are_loaded_as_the_page_says",
    '{"put":': HERE + "test_the_mock_server_takes_the_commands_of_its_readme",
    '{"sts":': HERE + "test_the_mock_server_takes_the_commands_of_its_readme",
    "make install PREFIX=": "tests/linking/test_readme.py::test_it_compiles_and_waits_by_the_commands_that_stand_under_it",
    "set -eu\n": "tests/programs/test_scripts_page.py::test_a_script_goes_on_after_the_end_of_its_task",
    "tcdb wait --timeout 30m \"$id\"": "tests/programs/test_scripts_page.py::test_each_exit_code_has_its_reaction",
    "tcdb wait --timeout 1h - <ids.txt": "tests/programs/test_scripts_page.py::test_one_process_waits_for_many",
    "tcdb query \"$id\" >/dev/null": "tests/programs/test_scripts_page.py::test_a_query_says_whether_a_task_is_under_way",
    "*/10 * * * *": "tests/programs/test_scripts_page.py::test_the_job_of_cron_waits",
    "# /etc/systemd/system/": "tests/programs/test_scripts_page.py::test_the_command_of_the_unit_waits_with_the_credentials_that_it_loads",
    "- name: Wait for the upgrade": "tests/programs/test_scripts_page.py::test_the_commands_for_ansible_terraform_and_github_wait",
    "resource \"terraform_data\"": "tests/programs/test_scripts_page.py::test_the_commands_for_ansible_terraform_and_github_wait",
    "jobs:\n": "tests/programs/test_scripts_page.py::test_the_commands_for_ansible_terraform_and_github_wait",
    "tcdb query --json \"$id\"": "tests/programs/test_scripts_page.py::test_json_has_what_the_task_says",
}
CANNOT_BE_RUN = {
    "$ cargo run -q -p tcdb-mock-server": "what it prints has other ports each time; every test here starts that program",
    "$ TENCENTCLOUD_REGION=ap-guangzhou ruby": "check-languages runs every example, Ruby's too, and compares what it prints",
    "tcdb query ID...  ": "the syntax of the commands",
    "tcdb-py ID...": "the syntax of the command",
}
# Of make, in running text, but for the checks: who runs them, or why nothing does.
CURRENT = "writes a file that a check compares: "
MAKE = {
    "abi-baseline": CURRENT + "check-abi",
    "faults": CURRENT + "check-rust",
    "header": CURRENT + "check-rust",
    "messages": CURRENT + "check-words",
    "mock-faults": CURRENT + "check-rust",
    "platforms-table": CURRENT + "check-declarations",
    "promises": CURRENT + "check-promises",
    "symbols": CURRENT + "check-symbols",
    "waiting-table": "prints a table of the models in virtual time that check-rust runs",
    "bench": "its times depend on who else uses the machine; check-bench runs the same for what can be counted",
    "bench-python": "its times depend on who else uses the machine",
    "bench-waiting": "its times depend on who else uses the machine; check-bench-queue holds the bytes of a task",
    "demo": HERE + "test_the_demonstration_runs",
    "dist": "takes hours; check-tarball and check-wheel make this machine's files, check-dist looks at what it has made",
    "platforms": "takes hours",
    "soak": "takes half an hour; check-soak runs a minute of it",
    "mutants": "compiles 25 changes one by one; check-mutants runs all others",
    "help": HERE + "test_help_lists_the_targets",
    "list-checks": "tests/promises/test_promises.py::test_every_check_has_a_row_in_the_list_of_checks",
    "install": "tests/linking/test_readme.py::test_it_compiles_and_waits_by_the_commands_that_stand_under_it",
    "uninstall": "tests/linking/test_tarball.py::test_uninstall_leaves_no_file",
    "install-tool": HERE + "test_the_tool_is_installed_and_removed",
    "uninstall-tool": HERE + "test_the_tool_is_installed_and_removed",
    "prove": "these tests are a part of it",
    "test": "these tests are a part of it",
    "query": "asks the real API",
    "static-tcdb": "check-packages builds and runs it",
    "static-tcdb-musl": "takes minutes; it runs what it has made in an empty root itself",
    "tarball": "check-tarball",
    "tcdb": "check-tarball and check-debian build it for release, check-cli the same for tests",
    "wheel": "check-wheel",
}
# In running text, by how they begin: who runs them, or why nothing does.
EXAMPLE = "check-languages builds the example by these words"
FOLDER = "check-languages builds so (bindings/printed.py)"
IN_TEXT = {
    "cargo run -q -p tcdb-mock-server": "every test here starts that program",
    "cargo doc -p tcdb-mock-server --open": "opens a browser",
    "npm install --ignore-scripts": "check-languages",
    "pip install": "check-wheel: source_folder_installs and its neighbours",
    "TCDB_ASYNC_PREBUILT=": "check-python-types installs so",
    "python -m tcdb_async": "bindings/python/tests/test_command_line.py",
    "tcdb COMMAND --help": "tests/programs/test_tcdb.py::test_help_names_options_and_exit_codes_and_version_is_the_programs",
    "tcdb query": HERE + "test_the_command_lines_of_the_readme",
    "tcdb wait": HERE + "test_the_command_lines_of_the_readme",
    "tcdb request": "tests/programs/test_tcdb.py::test_what_would_be_sent_is_printed_and_its_secrets_are_cut",
    "docker --env-file": "names an option of another program",
    "cc main.c $(pkg-config": "check-linking and check-debian compile by these words",
    "cc -static main.c": "tests/packages/test_debian.py::test_5_so_is_one_that_is_static_altogether",
    "gcc -static": "names an option of another program",
    "conan create packaging/conan": "tests/packages/test_conan.py::test_the_shared_library_is_packaged",
    "tar xf tcdb-async-": "tests/linking/test_tarball.py",
    "cobc -x": EXAMPLE,
    "gfortran -o": EXAMPLE,
    "fpc -Fl<": EXAMPLE,
    "CGO_CFLAGS=": EXAMPLE,
    "javac -cp": EXAMPLE,
    "cobc ... -L DIR": FOLDER,
    "gfortran ... -L DIR": FOLDER,
    "fpc -FlDIR": FOLDER,
    "CGO_LDFLAGS=": FOLDER,
    "pyinstaller program.py": "bindings/python/tests/check_wheel.py freezes a program",
}
# The list of messages quotes texts, and the other page is a record of what was run.
NO_GUIDES = ("docs/messages.md", "docs/proof.md")
COMMAND = (r"(?:make|cargo|npm|pip|python3?|tcdb|tcdb-py|docker|cc|gcc|conan|tar|sudo|apt|podman|curl|git clone|TCDB_\w+=\S+|source"
           r"|cobc|gfortran|fpc|javac|CGO_\w+=\S+|pyinstaller) ")
# No commands: what goes over the wire, and a drawing.
TEXTS = ["{\"Limit\"", "POST\n", "2019-02-25/cvm", "TC3-HMAC-SHA256\n", "da98fb70", "10b1a37a", "Authorization: ", "[default]\n", "tcdb_query ─"]


def blocks(page, *languages):
    found = re.findall(r"^```([^`\n]*)\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)
    return [text for language, text in found if language in languages]


def block(page, beginning):
    (found,) = (text for text in blocks(page, "", "sh") if text.startswith(beginning))
    return found


class PrintedCommands(HomeTest):
    def setUp(self):
        super().setUp()
        programs = Path(self.home, "bin")
        programs.mkdir()
        (programs / "tcdb").symlink_to(TCDB)
        self.server_environment = self.server.environment(
            HOME=self.home, PATH=f"{programs}:{os.environ['PATH']}", TCDB_ASYNC_ENDPOINT=self.server.https,
            TCDB_ASYNC_STS_ENDPOINT=self.server["sts"], TCDB_ASYNC_CA_FILE=self.server.ca)

    def bash(self, script):
        return processes.run(["bash", "--norc", "-c", script], cwd=self.home, env=self.server_environment)

    def test_every_block_is_run_or_named(self):
        beginnings = [*RUN_BY, *CANNOT_BE_RUN, *TEXTS]
        unused = set(beginnings)
        for page in PAGES:
            for text in blocks(page, "", "sh", "ini", "yaml", "hcl"):
                known = [each for each in beginnings if text.startswith(each)]
                self.assertEqual(len(known), 1, f"{page}: no test is named that runs this:\n{text}")
                unused.discard(known[0])
        self.assertEqual(unused, set(), "no page has these any more")

    def test_every_command_in_running_text_is_a_target_or_named(self):
        targets = set(MAKE)
        for file in ("Makefile", "packaging/targets.mk", "bindings/python/targets.mk", "tests/checks.mk"):
            targets.update(re.findall(r"^(check-[a-z0-9-]+):", (ROOT / file).read_text(), re.M))
        unused = set(IN_TEXT) | set(MAKE)
        for page in PAGES:
            if page in NO_GUIDES:
                continue
            text = re.sub(r"^```[^`\n]*\n.*?^```$", "", (ROOT / page).read_text(), flags=re.M | re.S)
            for command in re.findall(r"`([^`]+)`", text):
                if not re.match(COMMAND, command):
                    continue
                with self.subTest(command, page=page):
                    if command.startswith("make "):
                        named = [word for word in command.split()[1:] if "=" not in word and re.fullmatch(r"[a-z-]+", word)]
                        self.assertIn(named[0], targets, "no test is named that runs this target")
                        unused.discard(named[0])
                        continue
                    known = [each for each in IN_TEXT if command.startswith(each)]
                    self.assertEqual(len(known), 1, "no test is named that runs this")
                    unused.discard(known[0])
        self.assertEqual(unused, set(), "no page has these any more")

    def test_the_tests_that_are_named_exist(self):
        for place in [*RUN_BY.values(), *(place for place in [*IN_TEXT.values(), *MAKE.values()] if "::" in place)]:
            path, name = place.split("::")
            self.assertIn(f"def {name}(self", (ROOT / path).read_text())

    def fresh_environment(self):
        """As of someone who types a command here, with a home of the test's."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("MAKE", "MFLAGS", "TENCENTCLOUD", "TCDB"))}
        for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
            environment.setdefault(name, os.path.join(os.environ["HOME"], folder))
        return {**environment, "HOME": self.home}

    def test_help_lists_the_targets(self):
        said = processes.run(["make", "-s", "help"], cwd=ROOT, env=self.fresh_environment())
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        for target in ("build", "test", "prove", "demo", "install", "dist"):
            self.assertRegex(said.stdout, rf"(?m)^  make {target} +\S")

    def test_the_tool_is_installed_and_removed(self):
        # As `make install-tool` does, with the tool that is there.
        lines = re.findall(r"^(?:un)?install-tool: .*\n\t(.*)$", (ROOT / "packaging/targets.mk").read_text(), re.M)
        for line in lines:
            words = line.replace("'$(PREFIX)'", f"'{self.home}/prefix'").replace("'$(DESTDIR)'", "''").replace("target/release/tcdb", str(TCDB))
            self.assertEqual(processes.run(["sh", "-c", words], cwd=ROOT, env=self.fresh_environment()).returncode, 0)
            installed = {path.name for path in Path(self.home, "prefix").rglob("*") if path.is_file()}
            if "--uninstall" in line:
                self.assertEqual(installed, set())
            else:
                self.assertLessEqual({"tcdb", "tcdb.1", "tcdb-wait.1", "_tcdb", "tcdb.fish"}, installed)

    def test_what_the_demonstration_needs_is_built_by_one_run_of_cargo(self):
        demos = re.findall(r"^DEMOS \+?:?= (.*)$", "\n".join((ROOT / file).read_text() for file in ("Makefile", "bindings/python/targets.mk")), re.M)
        names = " ".join(demos).split()
        self.assertEqual(len(names), 4)
        said = processes.run(["make", "--dry-run", "--always-make", *names], cwd=ROOT, env=self.fresh_environment()).stdout
        self.assertEqual(len(re.findall(r"^cargo ", said, re.M)), 1, said)

    def test_the_demonstration_runs(self):
        demo, tests = block("README.md", "make demo").splitlines()
        # As in the background of a script, where a signal is ignored that is a part of it.
        ran = processes.run(["sh", "-c", f"trap '' INT; {demo}"], cwd=ROOT, env=self.fresh_environment(), timeout=600)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("SUCCESS", ran.stdout)
        self.assertRegex(ran.stdout, r"KeyboardInterrupt \d+ ms after Ctrl-C")
        # This is part of it.
        self.assertTrue(tests.startswith("make test "))

    def test_the_command_lines_of_the_readme(self):
        wait, query, credentials = block("README.md", "tcdb wait").splitlines()
        Path(self.home, "ids.txt").write_text(f"# of today\n{DOCUMENTED}\n")
        ran = self.bash(wait)
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[0], ran.stdout.splitlines()[-1]), (0, f"{DOCUMENTED}: SUCCESS", "done"))
        ran = self.bash(query)
        self.assertEqual((ran.returncode, json.loads(ran.stdout)["status"]), (0, "SUCCESS"), ran.stderr)
        ran = self.bash(credentials)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("environment", ran.stdout)

    def test_the_completions_are_loaded_as_the_page_says(self):
        bash, zsh, fish = block("docs/command_line.md", "source").splitlines()
        self.assertEqual(self.bash(f"{bash}\ncomplete -p tcdb").stdout.count("_tcdb"), 1)
        for command, path in ((zsh, ".zfunc/_tcdb"), (fish, ".config/fish/completions/tcdb.fish")):
            written = Path(self.home, path)
            written.parent.mkdir(parents=True)
            self.assertEqual(self.bash(command).returncode, 0)
            self.assertIn("credentials", written.read_text())

    def test_the_mock_server_takes_the_commands_of_its_readme(self):
        for beginning in ('{"put":', '{"sts":'):
            for line in block("tests/mock-server/README.md", beginning).splitlines():
                with self.subTest(line):
                    # Raises where it is refused.
                    self.server.command(**json.loads(line))
        self.assertEqual(self.server.command(stats=True)["requests"], 0)

