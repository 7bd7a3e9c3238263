#!/usr/bin/env python3
"""64 threads do everything at once on one client (tests/programs/storm.c), over TLS and over plain HTTP.

usage: test_storm.py PROGRAM ENDPOINT SECONDS
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mock-server"))
from mock_server import MockServer  # noqa: E402

PROGRAM, ENDPOINT, SECONDS = sys.argv[1:4]
# The work itself is bounded by SECONDS; sanitizers and a busy machine make the last calls slow.
GRACE = 90


def main():
    endpoint = MockServer(ENDPOINT)
    endpoint.tell(rate_limit=0)
    endpoint.tell(put={"id": "storm-pending", "life": [{"status": "RUNNING"}]})
    passed = 0
    for where in ([endpoint["https"], endpoint["ca"]], [endpoint["http"], ""]):
        ran = subprocess.run([PROGRAM, *where, SECONDS], capture_output=True, text=True, timeout=int(SECONDS) + GRACE, env={"PATH": os.environ["PATH"]})
        print(where[0].split(":")[0], ran.stdout.strip(), ran.stderr.strip()[:2000])
        passed += ran.returncode == 0
    endpoint.close()
    print(f"{passed} passed, {2 - passed} failed")
    return passed != 2


if __name__ == "__main__":
    sys.exit(main())
