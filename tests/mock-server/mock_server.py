"""The mock server as a program, driven by lines of JSON from Python. For the checks here, and for tests of yours."""
import json
import os
import subprocess

PROGRAM = "target/debug/tcdb-mock-server"
DOCUMENTED = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"


class MockServer:
    """Runs until it is closed; a `with` block closes it. Limits nobody's pace unless asked to."""

    def __init__(self, program=PROGRAM, *arguments, rate_limit=0):
        command = [program, "--rate-limit", str(rate_limit), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())
        self.https, self.http, self.ca = self.facts["https"], self.facts["http"], self.facts["ca"]
        self.id, self.key = self.facts["secret_id"], self.facts["secret_key"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, name):
        return self.facts[name]

    def tell(self, **command):
        """Carries out one command and returns what it answers."""
        print(json.dumps(command), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if not answer.pop("ok"):
            raise RuntimeError(answer["error"])
        return answer

    def put(self, *ids, status="RUNNING"):
        for one in ids:
            self.tell(put={"id": one, "life": [{"status": status}]})

    def seen(self):
        """The requests, oldest first, each with the id asked for."""
        requests = self.tell(seen=True)["seen"]
        return [{**request, "id": json.loads(request["body"])["AsyncRequestId"]} for request in requests]

    def arguments(self):
        return [self.https, self.ca, self.id, self.key]

    def environment(self, **changes):
        """What a program needs to ask it: nothing of the caller's own variables but the path. None takes one out."""
        facts = {"PATH": os.environ["PATH"], "TENCENTCLOUD_REGION": "ap-guangzhou",
                 "TENCENTCLOUD_SECRET_ID": self.id, "TENCENTCLOUD_SECRET_KEY": self.key}
        return {name: value for name, value in {**facts, **changes}.items() if value is not None}

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
