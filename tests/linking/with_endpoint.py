#!/usr/bin/env python3
"""Runs a program with facts of a fresh mock server put into its arguments: {https}, {http}, {ca}, {id}, {key}.

The program's environment has the path and what the endpoint accepts as credentials, nothing else.
"""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mock-server"))
from mock_server import MockServer  # noqa: E402

with MockServer() as endpoint:
    facts = {name: getattr(endpoint, name) for name in ("https", "http", "ca", "id", "key")}
    command = [word.format(**facts) for word in sys.argv[1:]]
    sys.exit(subprocess.run(command, env=endpoint.environment(), timeout=300).returncode)
