"""A home of the test's own, the mock server, and the C programs run between them.

Every program run here gets a HOME and a metadata address of the test's own.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../mock-server"))
from mock_server import MockServer  # noqa: E402

PROGRAMS, ENDPOINT = sys.argv.pop(1), sys.argv.pop(1)
ID = "00000003-5eed5eed-5eed5eed-5eed5eed"


class Stand(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="tcdb-home-")
        self.addCleanup(shutil.rmtree, self.home)
        self.endpoint = MockServer(ENDPOINT)
        self.addCleanup(self.endpoint.close)
        self.facts = self.endpoint.facts
        self.command = self.endpoint.tell

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

    def run_program(self, name, *arguments, **environment):
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "TENCENTCLOUD_REGION": "ap-guangzhou", **environment}
        environment = {name: value for name, value in environment.items() if value is not None}
        command = [os.path.join(PROGRAMS, name), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def places(self, where, ids=(ID,), metadata=None, **environment):
        metadata = metadata or self.facts["metadata"]
        return self.run_program("credentials_places", where, self.facts["http"], metadata, *ids, **environment)


class Counted(unittest.TextTestResult):
    def stopTestRun(self):
        super().stopTestRun()
        failed = len(self.failures) + len(self.errors)
        print(f"{self.testsRun - failed} passed, {failed} failed")


def main():
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=Counted))
