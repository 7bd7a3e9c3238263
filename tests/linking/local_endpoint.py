"""The local endpoint, for the checks of this folder."""
import json
import os
import subprocess

DOCUMENTED = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"


class Endpoint:
    """The program on free ports, as long as the block lasts."""

    def __init__(self, program="target/debug/tcdb-endpoint"):
        self.program = program

    def __enter__(self):
        command = [self.program, "--rate-limit", "0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        facts = json.loads(self.process.stdout.readline())
        self.https, self.http, self.ca = facts["https"], facts["http"], facts["ca"]
        self.id, self.key = facts["secret_id"], facts["secret_key"]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)

    def command(self, command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if not answer["ok"]:
            raise RuntimeError(answer["error"])
        return answer

    def arguments(self):
        return [self.https, self.ca, self.id, self.key]

    def environment(self, **more):
        """Nothing of the caller's own variables but the path."""
        return {"PATH": os.environ["PATH"], "TENCENTCLOUD_REGION": "ap-guangzhou",
                "TENCENTCLOUD_SECRET_ID": self.id, "TENCENTCLOUD_SECRET_KEY": self.key, **more}
