"""What the tests of tcdb share: the tool before a mock server, with a home of its own."""
import os
import subprocess
from pathlib import Path

import processes
from fixture import ROOT, HomeTest

# Another build of it, as it is shipped for a platform.
TCDB = Path(os.environ.get("TCDB_TOOL", ROOT / "target/debug/tcdb"))


class TcdbTest(HomeTest):
    def words(self, *words):
        """The tool before the mock server; the words may give other places, which win."""
        places = ["--endpoint", self.server.https, "--sts-endpoint", self.server["sts"], "--ca", self.server.ca]
        return [str(TCDB), *places, *map(str, words)]

    def environment(self, **changes):
        return self.server.environment(**{"HOME": self.home, **changes})

    def tcdb(self, *words, input=None, **environment):
        pipe = {"stdin": subprocess.PIPE} if input is not None else {}
        process = self.start(self.words(*words), env=self.environment(**environment), text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, **(pipe or {"stdin": subprocess.DEVNULL}))
        out, errors = process.communicate(input, timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, errors)

    def outcome(self, *words, **environment):
        ran = self.tcdb(*words, **environment)
        return ran.returncode, ran.stdout, ran.stderr

    def shell(self, redirection, *words, **environment):
        """Runs the tool with its outputs redirected, like >/dev/full."""
        command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *self.words(*words)]
        return processes.run(command, env=self.environment(**environment))

    def begin(self, *words, **options):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return self.start(self.words(*words), env=self.environment(), text=True, **{**pipes, **options})
