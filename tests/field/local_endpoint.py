"""The local endpoint as a program, driven by lines of JSON."""
import json
import subprocess


class LocalEndpoint:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())

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

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
