"""The mock server as a fixture of the tests, and clients that ask it."""

import os
import sys
import unittest

import tcdb_async

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tests")
sys.path[1:1] = [TESTS, os.path.join(TESTS, "mock-server")]
import mock_server  # noqa: E402
import processes  # noqa: E402

PROGRAM = os.environ["TCDB_MOCK_SERVER"]
DOCUMENTED_ID = mock_server.DOCUMENTED


def demo_id(number):
    return f"{number:08x}-5eed5eed-5eed5eed-5eed5eed"


INITIAL, RUNNING, SUCCESS, FAILED, KILLED, REMOVED, PAUSED, UNDEFINED = map(demo_id, range(1, 9))


class MockServer(mock_server.MockServer):
    def __init__(self, *arguments):
        super().__init__(PROGRAM, *arguments)
        self._lives = 0

    def put_life(self, ends_as="SUCCESS"):
        """A new task that says INITIAL once and RUNNING twice; its id."""
        self._lives += 1
        async_request_id = f"life-{self._lives}"
        steps = [{"status": "INITIAL", "times": 1}, {"status": "RUNNING", "times": 2}, {"status": ends_as}]
        self.put_steps(async_request_id, *steps)
        return async_request_id

    def stall(self):
        """From now on requests are read and never answered."""
        self.command(misbehave={"fault": "stall_reply"})

    def client(self, **options):
        given = {"region": "ap-singapore", "endpoint": self.https, "ca_file": self.ca}
        return tcdb_async.Client(self.id, self.key, **{"max_requests_per_second": 0, **given, **options})

    def environment(self, **changes):
        """For child processes: nothing of the machine's owner, and what the tests need."""
        kept = {name: os.environ[name] for name in ("PYTHONPATH", "TCDB_ASYNC_LIBRARY") if name in os.environ}
        ours = {
            "TENCENTCLOUD_REGION": "ap-singapore",
            "TEST_ENDPOINT": self.https,
            "TEST_CA": self.ca,
            "HOME": os.path.dirname(self.ca),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return super().environment(**{**kept, **ours, **changes})


class MockServerTest(unittest.TestCase):
    """A test with a mock server, one for the class, that behaves again after each test. A program that a test starts
    is ended with the test, whatever way that ends."""

    @classmethod
    def setUpClass(cls):
        cls.server = MockServer()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.addCleanup(self.server.command, behave=True)
        self.addCleanup(self.server.command, delay_ms=0)
        self.addCleanup(self.server.command, clear=True)

    def client(self, **options):
        client = self.server.client(**options)
        self.addCleanup(client.close)
        return client

    def start(self, command, environment=None, **options):
        process = processes.start(command, env=self.server.environment(**(environment or {})), **options)
        self.addCleanup(processes.end, process)
        return process
