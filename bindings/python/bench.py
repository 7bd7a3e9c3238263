"""Measures this package against the vendor's SDK, in one run: bench.py LIBRARY ENDPOINT [--readme].

Three things, each by turns so that both meet the same machine: `import`, the first answer of a fresh process (import,
client, TLS handshake, answer), and a warm query. The server is the mock server, so what is measured is the client.
--readme: writes the figures into README.md. Makes target/vendor-sdk once, with the vendor's SDK in it.
"""

import datetime
import json
import os
import platform
import re
import subprocess
import sys
import venv

PACKAGE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(PACKAGE))
VENDOR = os.path.join(REPOSITORY, "target", "vendor-sdk")
SDK = "tencentcloud-sdk-python-cdb"
ROUNDS = 15
WARM = 300
TASK = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"

IMPORT = {
    "ours": "import tcdb_async",
    "vendor": "import tencentcloud.cdb.v20170320.cdb_client",
}
ASK = {
    "ours": """
import tcdb_async
client = tcdb_async.Client(ID, KEY, region="ap-singapore", endpoint=URL, ca_file=CA, max_requests_per_second=0)
def ask():
    assert client.describe_async_request_info(TASK).status == "SUCCESS"
""",
    "vendor": """
from tencentcloud.cdb.v20170320.cdb_client import CdbClient
from tencentcloud.cdb.v20170320.models import DescribeAsyncRequestInfoRequest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
http = HttpProfile(endpoint=URL.partition("://")[2], reqTimeout=10, keepAlive=KEEP_ALIVE)
http.certification = CA
client = CdbClient(Credential(ID, KEY), "ap-singapore", ClientProfile(httpProfile=http))
def ask():
    request = DescribeAsyncRequestInfoRequest()
    request.AsyncRequestId = TASK
    assert client.DescribeAsyncRequestInfo(request).Status == "SUCCESS"
""",
}
WARM_LOOP = """
import time
for _ in range(20):
    ask()
started = time.perf_counter()
for _ in range(WARM):
    ask()
print((time.perf_counter() - started) / WARM)
"""
# Inside the process: what an interpreter costs by itself is the same for both.
TIMED = "import time; started = time.perf_counter()\n{}\nprint(time.perf_counter() - started)"


class Bench:
    def __init__(self, library, endpoint):
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.path.join(PACKAGE, "src"),
            "TCDB_ASYNC_LIBRARY": os.path.abspath(library),
            "PYTHONHASHSEED": "0",
        }
        self.python = os.path.join(VENDOR, "bin", "python")
        if not os.path.exists(self.python):
            venv.create(VENDOR, with_pip=True)
        if subprocess.run([self.python, "-c", "import tencentcloud.cdb"], capture_output=True).returncode:
            subprocess.run([self.python, "-m", "pip", "install", "--quiet", SDK], check=True)
        command = [endpoint, "--rate-limit", "0"]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.server.stdout.readline())

    def seconds(self, program):
        ran = subprocess.run([self.python, "-c", program], env=self._environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return float(ran.stdout)

    def constants(self, keep_alive=False):
        ready = self.ready
        return (
            f"ID, KEY, URL, CA = {ready['secret_id']!r}, {ready['secret_key']!r}, {ready['https']!r}, {ready['ca']!r}\n"
            f"TASK, WARM, KEEP_ALIVE = {TASK!r}, {WARM}, {keep_alive}\n"
        )

    def by_turns(self, programs, rounds):
        """The fastest of each program's own timings, in seconds: on a shared machine the rest is the neighbours."""
        times = {name: [] for name in programs}
        for _ in range(rounds):
            for name, program in programs.items():
                times[name].append(self.seconds(program))
        return {name: min(each) for name, each in times.items()}

    def measure(self):
        constants = self.constants()
        for program in IMPORT.values():
            self.seconds(TIMED.format(program))  # compiled once, for both
        yield "`import`", self.by_turns({name: TIMED.format(each) for name, each in IMPORT.items()}, ROUNDS)
        first = {name: constants + TIMED.format(each + "ask()") for name, each in ASK.items()}
        yield "first answer of a fresh process", self.by_turns(first, ROUNDS)
        warm = {name: constants + each + WARM_LOOP for name, each in ASK.items()}
        yield "warm query, as each is by default", self.by_turns(warm, 8)
        warm["vendor"] = self.constants(keep_alive=True) + ASK["vendor"] + WARM_LOOP
        yield "warm query, the SDK set to keep connections", self.by_turns(warm, 8)


def table(bench):
    yield f"| fastest, ms | tcdb-async | {SDK} | ratio |"
    yield "| --- | --- | --- | --- |"
    for name, times in bench.measure():
        ours, vendor = times["ours"] * 1000, times["vendor"] * 1000
        yield f"| {name} | {ours:.2f} | {vendor:.2f} | {vendor / ours:.0f} |"


def cpu():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    return f"{os.cpu_count()} cores" + (f" of {found[1]}" if found else "")


def main():
    bench = Bench(*sys.argv[1:3])
    lines = []
    for line in table(bench):
        print(line, flush=True)
        lines.append(line)
    bench.server.stdin.close()
    bench.server.wait()
    where = f"{datetime.date.today()}, CPython {platform.python_version()}, {cpu()}, TLS to the mock server."
    print(where)
    if "--readme" in sys.argv:
        path = os.path.join(PACKAGE, "README.md")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        head = text[: text.index("<!-- Written by")]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([f"{head}<!-- Written by `make bench-python README=1`. -->", where, "", *lines, ""]))


if __name__ == "__main__":
    main()
