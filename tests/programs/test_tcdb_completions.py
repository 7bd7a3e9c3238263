"""The completions of tcdb, loaded in the shells that there are."""
import os
import shutil
import unittest

import processes
from tcdb_fixture import TcdbTest

# A beginning, and what it is completed to.
CASES = [("tcdb qu", "query"), ("tcdb wait --heart", "--heartbeat"), ("tcdb --reg", "--region"), ("tcdb credentials --che", "--check")]


class Completions(TcdbTest):
    def script(self, shell):
        ran = self.tcdb("completions", shell)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def ask(self, command, **variables):
        ran = processes.run(command, env={"PATH": os.environ["PATH"], "HOME": self.home, **variables})
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def test_there_is_a_script_for_each_shell(self):
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"]:
            for word in ["tcdb", "query", "status-only", "credentials-file"]:
                self.assertIn(word, self.script(shell))

    def test_bash_completes_commands_and_options(self):
        ask = ('eval "$SCRIPT"; COMP_WORDS=($LINE); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); '
               '_tcdb tcdb "${COMP_WORDS[COMP_CWORD]}" ""; echo "${COMPREPLY[@]}"')
        for line, completed in CASES:
            with self.subTest(line):
                self.assertEqual(self.ask(["bash", "--norc", "-c", ask], SCRIPT=self.script("bash"), LINE=line), f"{completed}\n")

    @unittest.skipUnless(shutil.which("fish"), "machine: fish is not installed")
    def test_fish_completes_commands_and_options(self):
        script = self.write("tcdb.fish", self.script("fish"))
        for line, completed in CASES:
            with self.subTest(line):
                said = self.ask(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"])
                self.assertEqual([each.split("\t")[0] for each in said.splitlines()], [completed])

    @unittest.skipUnless(shutil.which("zsh"), "machine: zsh is not installed")
    def test_zsh_loads_it_and_knows_each_command(self):
        self.write("functions/_tcdb", self.script("zsh"))
        ask = "fpath=($HOME/functions $fpath); autoload -Uz compinit; compinit -u -D; autoload +X _tcdb; echo $_comps[tcdb]; functions _tcdb"
        said = self.ask(["zsh", "-f", "-c", ask])
        self.assertTrue(said.startswith("_tcdb\n"), said[:200])
        for word in ["query", "--status-only", "--credentials-file"]:
            self.assertIn(word, said)
