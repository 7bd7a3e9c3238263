"""README's program and commands, as they are printed, and README.zh-CN.md in step with README.md."""
import os
import re
import tempfile
import unittest
from pathlib import Path

import processes
from fixture import DOCUMENTED, ROOT, MockServerTest

ENGLISH, CHINESE = ((ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))
INSTALLER = ROOT / "target/linking/checkout/target/payload/install.sh"
INSTALL = "make install PREFIX=$HOME/.local"


def blocks(text):
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)


class Program(MockServerTest):
    """What a reader types, in a home of the test's own."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="tcdb-readme-")
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        program = next(block for block in blocks(ENGLISH) if "int main" in block)
        (self.home / "ask.c").write_text(program)
        # `make install` of the clean checkout is this, once the library is built.
        commands = next(block for block in blocks(ENGLISH) if block.startswith(INSTALL))
        *self.to_build, self.run = commands.replace(INSTALL, f"PREFIX=$HOME/.local sh {INSTALLER}").splitlines()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **self.server.environment(),
                            "TCDB_ASYNC_ENDPOINT": self.server.https, "TCDB_ASYNC_CA_FILE": self.server.ca}

    def shell(self, script):
        return processes.run(["sh", "-ec", script], cwd=self.home, env=self.environment, timeout=120)

    def test_it_compiles_and_waits_by_the_commands_that_stand_under_it(self):
        built = self.shell("\n".join(self.to_build).replace("cc -o", "cc -Wall -Wextra -Wpedantic -Werror -o"))
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        self.assertIn(DOCUMENTED, self.run)
        ran = self.shell(self.run)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertRegex(ran.stdout, r"^SUCCESS: \S")
        with self.subTest("the region from the environment"):
            self.environment["TENCENTCLOUD_REGION"] = "ap-guangzhou"
            self.assertEqual(self.shell(self.run.rsplit(" ", 1)[0]).returncode, 0)
        with self.subTest("a task that is not there"):
            ran = self.shell(self.run.replace(DOCUMENTED, "no-such-task"))
            self.assertEqual((ran.returncode, ran.stdout), (1, ""))
            self.assertRegex(ran.stderr, r"^TCDB_ERR_UNKNOWN_REQUEST_ID: .*\n$")
        with self.subTest("no task"):
            ran = self.shell("./ask")
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (1, "", "usage: ask ID [REGION]\n"))


class InStep(unittest.TestCase):
    def of_both(self, pattern):
        return [re.findall(pattern, text, re.M) for text in (ENGLISH, CHINESE)]

    def test_headings_have_the_same_levels(self):
        self.assertEqual(*self.of_both(r"^(#+) "))

    def test_code_and_commands_are_the_same(self):
        self.assertEqual(blocks(ENGLISH), blocks(CHINESE))

    def test_tables_have_the_same_rows_by_number_and_name(self):
        rows = [[[cell for cell in row.split("|")[1:3] if re.fullmatch(r" [\d\(`A-Z_)]+ ", cell)] for row in table]
                for table in self.of_both(r"^\|.*\|$")]
        self.assertEqual(*rows)

    def test_links_and_pictures_go_to_the_same_places(self):
        english, chinese = ([link for link in links if not link.startswith("README")] for links in self.of_both(r"\]\((\S+?)\)"))
        self.assertEqual(english, chinese)

    def test_names_and_figures_of_the_text_are_the_same(self):
        def named(text):
            text = re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.M | re.S)
            return sorted(re.findall(r"`[^`]+`", text)), sorted(re.findall(r"\b\d\.\d+\b", text))
        self.assertEqual(named(ENGLISH), named(CHINESE))


if __name__ == "__main__":
    unittest.main()
