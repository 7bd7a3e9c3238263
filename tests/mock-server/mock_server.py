"""The mock server as a program, driven by lines of JSON from Python. For the checks here, and for tests of yours."""
import json
import os
import subprocess
import threading

PROGRAM = "target/debug/tcdb-mock-server"
DOCUMENTED = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"


class MockServer:
    """Runs until it is closed; a `with` block closes it. Limits no rate unless asked to.

    With plain_http, `https` is the address without TLS: valgrind takes two places of the TLS assembly for errors.
    """

    def __init__(self, program=PROGRAM, *arguments, rate_limit=0, plain_http=False):
        command = [str(program), "--rate-limit", str(rate_limit), *arguments]
        # It ends with its input, so also when this process is killed.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._one_at_a_time = threading.Lock()
        try:
            self.facts = json.loads(self.process.stdout.readline())
        except BaseException:
            self.close()
            raise
        if plain_http:
            self.facts["https"] = self.facts["http"]
        self.https, self.http, self.ca = self.facts["https"], self.facts["http"], self.facts["ca"]
        self.id, self.key = self.facts["secret_id"], self.facts["secret_key"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, name):
        return self.facts[name]

    def command(self, **command):
        """Carries out one command and returns the reply."""
        with self._one_at_a_time:
            print(json.dumps(command), file=self.process.stdin, flush=True)
            reply = json.loads(self.process.stdout.readline())
        if not reply.pop("ok"):
            raise RuntimeError(reply["error"])
        return reply

    def put(self, *ids, status="RUNNING"):
        """Makes tasks that stay in one status."""
        for one in ids:
            self.put_steps(one, {"status": status})

    def put_steps(self, async_request_id, *steps):
        """Makes a task that goes through steps: {"status": "RUNNING", "times": 2}, {"status": "SUCCESS"}."""
        self.command(put={"id": async_request_id, "life": list(steps)})

    def seen(self, newest=True):
        """The requests, or the newest so many, oldest first, each with the id asked for."""
        requests = self.command(seen=newest)["seen"]
        return [{**request, "id": json.loads(request["body"])["AsyncRequestId"]} for request in requests]

    def requests(self):
        """How many there were."""
        return self.command(stats=True)["requests"]

    def arguments(self):
        return [self.https, self.ca, self.id, self.key]

    def environment(self, **changes):
        """What a program needs to ask it: none of the caller's own variables but the path. None takes one out."""
        facts = {"PATH": os.environ["PATH"], "TENCENTCLOUD_REGION": "ap-guangzhou",
                 "TENCENTCLOUD_SECRET_ID": self.id, "TENCENTCLOUD_SECRET_KEY": self.key}
        return {name: value for name, value in {**facts, **changes}.items() if value is not None}

    def close(self):
        """Ends it, by force if it does not end by itself."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
