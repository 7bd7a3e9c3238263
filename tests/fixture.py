"""What the checks share: the build under test, a mock server for each test, a home of the test's own, and programs that
end with their test.

The build is chosen by TCDB_BUILD (`make BUILD=...`): `debug`, `asan`, `memcheck` or `coverage`. The last three run the
same tests and have their reports read afterwards (tests/programs/memory, tests/proofs).
"""
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import processes
import timing
from mock_server import DOCUMENTED, MockServer
from timing import until

__all__ = ["BUILD", "DOCUMENTED", "HomeTest", "MockServer", "MockServerTest", "ProgramTest", "ROOT", "demo_task", "until"]

ROOT = Path(__file__).resolve().parent.parent


def demo_task(number):
    """A task that the mock server knows from its start; tests/mock-server/README.md lists them."""
    return f"{number:0>8}-5eed5eed-5eed5eed-5eed5eed"


class Build:
    """The library, the C programs linked to it, and what each run of one is wrapped in."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, Path(folder).resolve()
        self.library = self.folder / "libtcdb_async.so.0"
        self.programs = self.folder / "programs"
        self.reports = self.folder / f"reports-{kind}"
        self.mock_server = ROOT / "target/debug/tcdb-mock-server"
        self.needs_plain_http = kind == "memcheck"

    def program(self, name):
        return self.programs / name

    def command(self, name, *arguments):
        return [*self.wrapper(name), str(self.program(name)), *map(str, arguments)]

    def wrapper(self, name):
        if self.kind != "memcheck":
            return []
        import memcheck
        return memcheck.wrapper(name, self.reports)

    def environment(self):
        """What every program of this build needs, also where a test clears its environment."""
        profiles = {"LLVM_PROFILE_FILE": os.environ[name] for name in ["LLVM_PROFILE_FILE"] if name in os.environ}
        return {"PATH": os.environ["PATH"], **profiles}


BUILD = Build(os.environ.get("TCDB_BUILD", "debug"), os.environ.get("TCDB_BUILT", ROOT / "target/debug"))
sys.path.append(str(ROOT / "tests/programs/memory"))


class ProgramTest(unittest.TestCase):
    """A test that runs C programs of the build. What it started is killed with its process group when it ends."""

    def limit(self, seconds):
        """A limit of time, for this machine as busy as it is now and for this build."""
        return timing.limit(seconds) * (20 if BUILD.kind == "memcheck" else 1)

    def start(self, command, **options):
        process = processes.start(command, **options)
        self.addCleanup(processes.end, process)
        return process

    def run_program(self, name, *arguments, env=None, **options):
        environment = {**BUILD.environment(), **(env or {})}
        return processes.run(BUILD.command(name, *arguments), env=environment, **options)


class MockServerTest(ProgramTest):
    """A test with a mock server of its own, `self.server`."""

    def setUp(self):
        self.server = MockServer(BUILD.mock_server, plain_http=BUILD.needs_plain_http)
        self.addCleanup(self.server.close)
        self.command = self.server.command


class HomeTest(MockServerTest):
    """With a home of its own too, for the credentials that programs look for there."""

    def setUp(self):
        super().setUp()
        self.home = tempfile.mkdtemp(prefix="tcdb-home-")
        self.addCleanup(shutil.rmtree, self.home)

    def write(self, name, text):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def accept(self, secret_id, secret_key="k"):
        self.command(credentials={"secret_id": secret_id, "secret_key": secret_key})

    def signed_by(self):
        """The secret id of the last request."""
        head = self.command(seen=1)["seen"][0]["head"]
        return head.split("Credential=")[1].split("/")[0]

    def at_home(self, name, *arguments, **environment):
        """Runs a program with this home; None takes a variable out."""
        environment = {"HOME": self.home, "TENCENTCLOUD_REGION": "ap-guangzhou", **environment}
        return self.run_program(name, *arguments, env={key: value for key, value in environment.items() if value is not None})

    def places(self, where, ids=(demo_task(3),), metadata=None, **environment):
        """Asks with the credentials of one place: credentials_places.c."""
        metadata = metadata or self.server["metadata"]
        return self.at_home("credentials_places", where, self.server["http"], metadata, *ids, **environment)
