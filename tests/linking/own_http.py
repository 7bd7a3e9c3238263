#!/usr/bin/env python3
"""The request that libcurl sends is accepted, and its reply read as a query would: own_http.py PROGRAM"""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mock-server"))
from mock_server import DOCUMENTED, MockServer  # noqa: E402

PROGRAM = sys.argv[1]
RUNNING = "00000002-5eed5eed-5eed5eed-5eed5eed"


def outcomes(endpoint):
    """What is shown, the exit code and a part of the output that are right, the id, what is changed."""
    yield "libcurl's request is accepted and its reply read", 0, f"{DOCUMENTED}: SUCCESS", DOCUMENTED, {}, endpoint.ca
    yield "a task under way", 6, "RUNNING", RUNNING, {}, endpoint.ca
    yield "an unknown id", 4, "InvalidAsyncRequestId", "no-such-id", {}, endpoint.ca
    yield "a wrong key", 4, "TCDB_ERR_AUTH", DOCUMENTED, {"TENCENTCLOUD_SECRET_KEY": "wrong"}, endpoint.ca
    yield "a server that libcurl does not trust", 3, "own_http:", DOCUMENTED, {}, "/dev/null"


with MockServer() as endpoint:
    failed = total = 0
    for what, code, part, id_, changes, ca in outcomes(endpoint):
        command = [PROGRAM, "ap-guangzhou", id_, endpoint.https, ca]
        done = subprocess.run(command, env=endpoint.environment(**changes), capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        holds = done.returncode == code and part in said and endpoint.key not in said
        print(f"{'ok' if holds else 'FAILED'}: {what}" + ("" if holds else f": exit code {done.returncode}: {said}"))
        failed, total = failed + (not holds), total + 1
    print(f"{total - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
