"""The local stand-in for the API, as a server of the tests, and clients that ask it."""

import json
import os
import subprocess
import threading
import unittest

import tcdb_async

PROGRAM = os.environ["TCDB_MOCK_SERVER"]
DOCUMENTED_ID = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"


def demo_id(number):
    return f"{number:08x}-5eed5eed-5eed5eed-5eed5eed"


INITIAL, RUNNING, SUCCESS, FAILED, KILLED, REMOVED, PAUSED, UNDEFINED = map(demo_id, range(1, 9))


class MockServer:
    """The program; told what to do by JSON on its standard input."""

    def __init__(self, *arguments):
        command = [PROGRAM, "--rate-limit", "0", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()
        self._lives = 0
        self.ready = json.loads(self._process.stdout.readline())

    def tell(self, **command):
        with self._lock:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        assert answer["ok"], answer
        return answer

    def put(self, async_request_id, *life):
        self.tell(put={"id": async_request_id, "life": list(life)})

    def put_life(self, ends_as="SUCCESS"):
        """A new task that says INITIAL once and RUNNING twice; its id."""
        self._lives += 1
        async_request_id = f"life-{self._lives}"
        life = [{"status": "INITIAL", "times": 1}, {"status": "RUNNING", "times": 2}, {"status": ends_as}]
        self.put(async_request_id, *life)
        return async_request_id

    def stall(self):
        """From now on requests are read and never answered."""
        self.tell(misbehave={"fault": "stall_reply"})

    def requests(self):
        return self.tell(stats=True)["requests"]

    def client(self, **options):
        ready = self.ready
        given = {"region": "ap-singapore", "endpoint": ready["https"], "ca_file": ready["ca"]}
        return tcdb_async.Client(
            ready["secret_id"], ready["secret_key"], **{"max_requests_per_second": 0, **given, **options}
        )

    def environment(self, **more):
        """For child processes: nothing of the machine's owner, and what the tests need."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "TCDB_ASYNC_LIBRARY") if name in os.environ}
        ours = {
            "TENCENTCLOUD_SECRET_ID": self.ready["secret_id"],
            "TENCENTCLOUD_SECRET_KEY": self.ready["secret_key"],
            "TENCENTCLOUD_REGION": "ap-singapore",
            "TEST_ENDPOINT": self.ready["https"],
            "TEST_CA": self.ready["ca"],
            "HOME": os.path.dirname(self.ready["ca"]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return {**kept, **ours, **more}

    def stop(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


class MockServerTest(unittest.TestCase):
    """A test with an endpoint, one for the class, that behaves again after each test."""

    @classmethod
    def setUpClass(cls):
        cls.endpoint = MockServer()
        cls.addClassCleanup(cls.endpoint.stop)

    def setUp(self):
        self.addCleanup(self.endpoint.tell, behave=True)
        self.addCleanup(self.endpoint.tell, delay_ms=0)
        self.addCleanup(self.endpoint.tell, clear=True)

    def client(self, **options):
        client = self.endpoint.client(**options)
        self.addCleanup(client.close)
        return client
