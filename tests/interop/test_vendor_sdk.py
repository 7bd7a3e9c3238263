"""Asks the mock server through the vendor's own Python SDK, so that both ends of our tests agree with a third party.

    python3 tests/interop/test_vendor_sdk.py [--venv DIR] [--program PATH] [--break]

Makes a virtual environment in DIR (default: target/vendor-sdk), installs the SDK there once, starts the endpoint
(built with cargo unless --program names it) and prints `ok` or `FAIL` for each check. Ends with 0 if all passed, 1 if
one failed, 2 if the checks could not be run. --break makes the endpoint answer wrongly: every check must then fail.
"""

import argparse
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SDK = "tencentcloud-sdk-python-cdb"

DEMO = "5eed5eed-5eed5eed-5eed5eed"
ANSWERS = {
    "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7": ("SUCCESS", "Dropped the database table successfully."),
    f"00000001-{DEMO}": ("INITIAL", "Waiting to be executed."),
    f"00000002-{DEMO}": ("RUNNING", "Being executed."),
    f"00000003-{DEMO}": ("SUCCESS", "Executed successfully."),
    f"00000004-{DEMO}": ("FAILED", "Execution failed."),
    f"00000005-{DEMO}": ("KILLED", "Ended by an operator."),
    f"00000006-{DEMO}": ("REMOVED", "The task was deleted."),
    f"00000007-{DEMO}": ("PAUSED", "Paused."),
    f"00000008-{DEMO}": ("UNDEFINED", "Waiting for the maintenance window."),
    f"000000a0-{DEMO}": (None, None),
    f"000000a1-{DEMO}": (None, None),
    f"000000a2-{DEMO}": ("", ""),
    f"000000a3-{DEMO}": ("SUCCEED", ""),
    f"000000a4-{DEMO}": ("success", ""),
    f"000000a5-{DEMO}": ("SUCCESS", None),
    f"000000a6-{DEMO}": ("SUCCESS", "任务执行成功"),
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--venv", type=Path, default=REPOSITORY / "target" / "vendor-sdk")
    arguments.add_argument("--program", type=Path)
    arguments.add_argument("--break", dest="broken", action="store_true")
    arguments.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.inside:
        sys.exit(check_all(given.program, given.broken))
    try:
        python = environment(given.venv)
        program = given.program or build()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"FAIL the checks cannot be run: {error}")
        sys.exit(2)
    command = [python, __file__, "--inside", "--program", program]
    sys.exit(subprocess.run(command + ["--break"] * given.broken, env=clean_environment()).returncode)


def environment(folder):
    """The interpreter of a virtual environment that has the SDK."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import tencentcloud.cdb"], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", SDK], check=True)
    return python


def build():
    command = ["cargo", "build", "--package", "tcdb-mock-server", "--message-format=json"]
    messages = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout
    made = [json.loads(line).get("executable") for line in messages.splitlines()]
    return next(executable for executable in made if executable)


def clean_environment():
    """No proxy and no credential of the machine's owner may reach the checks."""
    ours = ("TENCENTCLOUD", "TKE_", "REQUESTS_", "SSL_CERT")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith("_PROXY") and not name.startswith(ours)
    }


class Endpoint:
    """The program, and the commands it takes on its standard input."""

    def __init__(self, program):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen([program, "--rate-limit", "0"], text=True, **pipes)
        self.ready = json.loads(self.process.stdout.readline())

    def command(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["ok"], answer
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def check_all(program, broken):
    failures = 0
    with Endpoint(program) as endpoint:
        if broken:
            endpoint.command(misbehave={"fault": "error_null"})
        for scheme in ("https", "http"):
            for name, check in checks(endpoint, scheme):
                try:
                    check()
                    print(f"ok {scheme} {name}")
                except Exception as error:  # Whatever goes wrong in a check is its failure.
                    failures += 1
                    print(f"FAIL {scheme} {name}: {type(error).__name__}: {error}".replace("\n", " "))
        requests = endpoint.command(stats=True)["requests"]
    ran = 2 * (len(ANSWERS) + len(REFUSALS) + 1)
    if requests < ran:
        failures += 1
        print(f"FAIL the endpoint saw {requests} requests, {ran} were due")
    return 1 if failures else 0


# Name, what is changed in a good client, the code expected.
REFUSALS = [
    ("a wrong key is refused", {"key": "a wrong key"}, "AuthFailure.SignatureFailure"),
    ("an unknown secret id is refused", {"id": "AKIDUNKNOWN"}, "AuthFailure.SecretIdNotFound"),
    ("a token nobody gave is refused", {"token": "a token"}, "AuthFailure.TokenFailure"),
    ("an unknown task is refused", {"task": "0-0-0-0"}, "InvalidParameter.InvalidAsyncRequestId"),
    ("a stale clock is refused", {"clock_offset": 400}, "AuthFailure.SignatureExpire"),
]


def checks(endpoint, scheme):
    for task, expected in ANSWERS.items():
        yield f"{task} {expected[0]}", lambda: expect_answer(endpoint, scheme, task, expected)
    for name, change, code in REFUSALS:
        yield name, lambda: expect_refusal(endpoint, scheme, change, code)
    yield "a task lives from INITIAL to SUCCESS", lambda: expect_life(endpoint, scheme)


def expect_answer(endpoint, scheme, task, expected):
    answer = ask(client(endpoint, scheme), task)
    assert (answer.Status, answer.Info) == expected, (answer.Status, answer.Info)
    assert len(answer.RequestId) == 36, answer.RequestId


def expect_refusal(endpoint, scheme, change, code):
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

    endpoint.command(clock_offset=change.get("clock_offset", 0))
    try:
        answer = ask(client(endpoint, scheme, change), change.get("task", next(iter(ANSWERS))))
    except TencentCloudSDKException as error:
        assert error.get_code() == code, error
        assert len(error.get_request_id()) == 36, error
    else:
        raise AssertionError(f"answered with {answer.Status}")
    finally:
        endpoint.command(clock_offset=0)


def expect_life(endpoint, scheme):
    steps = [{"status": "INITIAL", "times": 1}, {"status": "RUNNING", "times": 2}, {"status": "SUCCESS"}]
    endpoint.command(put={"id": "a life", "life": steps})
    asking = client(endpoint, scheme)
    said = [ask(asking, "a life").Status for _ in range(5)]
    assert said == ["INITIAL", "RUNNING", "RUNNING", "SUCCESS", "SUCCESS"], said


def client(endpoint, scheme, change=None):
    from tencentcloud.cdb.v20170320.cdb_client import CdbClient
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile

    change, ready = change or {}, endpoint.ready
    credential = Credential(
        change.get("id", ready["secret_id"]), change.get("key", ready["secret_key"]), change.get("token")
    )
    http = HttpProfile(protocol=scheme, endpoint=ready[scheme].partition("://")[2], reqTimeout=10)
    http.certification = ready["ca"]
    return CdbClient(credential, "ap-singapore", ClientProfile(httpProfile=http))


def ask(asking, task):
    from tencentcloud.cdb.v20170320.models import DescribeAsyncRequestInfoRequest

    request = DescribeAsyncRequestInfoRequest()
    request.AsyncRequestId = task
    return asking.DescribeAsyncRequestInfo(request)


if __name__ == "__main__":
    main()
