#!/usr/bin/env python3
"""The demonstration: the example programs, and tcdb for credentials, ask the mock server, over verified TLS, with signatures that it checks."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/mock-server"))
from mock_server import MockServer  # noqa: E402

TASKS = [
    ("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", "the documentation's example"),
    ("00000001-5eed5eed-5eed5eed-5eed5eed", "a task that has not started"),
    ("00000002-5eed5eed-5eed5eed-5eed5eed", "one under way"),
    ("00000004-5eed5eed-5eed5eed-5eed5eed", "one that failed"),
    ("00000005-5eed5eed-5eed5eed-5eed5eed", "one that was killed"),
    ("00000006-5eed5eed-5eed5eed-5eed5eed", "one that was deleted"),
    ("00000007-5eed5eed-5eed5eed-5eed5eed", "one that is paused"),
    ("00000008-5eed5eed-5eed5eed-5eed5eed", "one that waits for its maintenance window"),
    ("000000a0-5eed5eed-5eed5eed-5eed5eed", "one without a status"),
    ("000000a3-5eed5eed-5eed5eed-5eed5eed", "one with an undocumented status"),
    ("000000a6-5eed5eed-5eed5eed-5eed5eed", "one whose info is in Chinese"),
    ("ffffffff-ffffffff-ffffffff-ffffffff", "one that does not exist"),
]


def show(command, environment):
    print("$ " + " ".join(command), flush=True)
    code = subprocess.run(command, env=environment).returncode
    print(f"  exit code {code}\n", flush=True)
    return code


def query():
    with MockServer() as endpoint:
        options = ["--endpoint", endpoint.facts["https"], "--ca", endpoint.facts["ca"]]
        codes = []
        for async_request_id, what in TASKS:
            print(f"# {what}", flush=True)
            codes.append(show(["target/debug/query", *options, async_request_id], endpoint.environment()))
        print("# a wrong key: the signature is refused", flush=True)
        wrong = endpoint.environment(TENCENTCLOUD_SECRET_KEY="WrongKeyWrongKeyWrongKey")
        codes.append(show(["target/debug/query", *options, TASKS[0][0]], wrong))
        print("# a server that the system does not trust", flush=True)
        codes.append(show(["target/debug/query", *options[:2], TASKS[0][0]], endpoint.environment()))
    return codes == [0, 6, 6, 1, 1, 1, 6, 6, 6, 6, 0, 4, 4, 3]


def credentials():
    """Credentials from where they already are: nothing in the environment but a home of the demonstration's own."""
    with MockServer() as endpoint, tempfile.TemporaryDirectory() as home:
        folder = os.path.join(home, ".tencentcloud")
        os.mkdir(folder, 0o700)
        facts = endpoint.facts
        with open(os.path.join(folder, "credentials"), "w") as file:
            file.write(f"[demo]\nsecret_id = {facts['secret_id']}\nsecret_key = {facts['secret_key']}\n")
        environment = {"PATH": os.environ["PATH"], "HOME": home, "TENCENTCLOUD_REGION": "ap-guangzhou"}
        ask = ["target/debug/tcdb", "query", "--endpoint", facts["https"], "--ca", facts["ca"]]
        task = TASKS[0][0]
        print("# credentials from a profile that the vendor's SDKs read too, in ~/.tencentcloud/credentials", flush=True)
        codes = [show([*ask, "--profile", "demo", task], environment)]
        print("# temporary ones of a CVM instance's role, from a stand-in for the metadata service", flush=True)
        codes.append(show([*ask, "--verbose", "--cvm-role", "--metadata", facts["metadata"], task], environment))
        print("# none: every place is named, and why it had nothing", flush=True)
        codes.append(show([*ask, "--profile", "missing", task], environment))
    return codes == [0, 0, 2]


def wait():
    """A task from INITIAL to SUCCESS, one that ends FAILED, and several at once."""
    with MockServer() as endpoint:
        options = ["--endpoint", endpoint.facts["https"], "--ca", endpoint.facts["ca"], "--interval", "0.5"]
        f1, f2, f4 = (f"000000{n}-5eed5eed-5eed5eed-5eed5eed" for n in ["f1", "f2", "f4"])
        codes = []
        for what, arguments in [
            ("wait from INITIAL to SUCCESS", [f1]),
            ("a wait that ends FAILED", [f2]),
            ("an API error, a reset and a gateway's page on the way: the wait outlives them", [f4]),
            ("a task that is still under way when the timeout passes", ["--timeout", "2", TASKS[2][0]]),
            ("several at once, by one thread", [f"0000000{n}-5eed5eed-5eed5eed-5eed5eed" for n in (3, 4, 5)]),
        ]:
            print(f"# {what}", flush=True)
            codes.append(show(["target/debug/wait", *options, *arguments], endpoint.environment()))
    return codes == [0, 1, 0, 5, 1]


DEMOS = {"query": query, "wait": wait, "credentials": credentials}

if __name__ == "__main__":
    sys.exit(0 if DEMOS[sys.argv[1]]() else 1)
