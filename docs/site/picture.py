#!/usr/bin/env python3
"""Records docs/wait.svg: a real run of `tcdb wait`, against the mock server, in a terminal of 80 columns.

picture.py TERMTOSVG SVG
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/mock-server"))
from mock_server import MockServer  # noqa: E402

TASK = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a8"
LIFE = [{"status": "INITIAL", "times": 1}, {"status": "RUNNING", "times": 3},
        {"status": "SUCCESS", "info": "Upgraded to MySQL 8.0."}]
COMMAND = f"tcdb wait --timeout 30m {TASK}"


def main(termtosvg, svg):
    with MockServer() as server, tempfile.TemporaryDirectory() as folder:
        server.put_steps(TASK, *LIFE)
        tool = Path(folder) / "tcdb"
        tool.write_text(f'#!/bin/sh\nexec {ROOT}/target/debug/tcdb --endpoint {server.https} --ca {server.ca} "$@"\n')
        shown = Path(folder) / "shown"
        shown.write_text(f"#!/bin/sh\nprintf '$ %s\\n' '{COMMAND}'\n{COMMAND}\nprintf 'exit code %s\\n' $?\n")
        for script in (tool, shown):
            script.chmod(0o755)
        environment = server.environment(PATH=f"{folder}:{os.environ['PATH']}", TERM="xterm", LC_ALL="C.UTF-8")
        # termtosvg takes input and output of a terminal alone.
        recorded = f"{termtosvg} {svg} -c {shown} -g 80x7 -t window_frame -D 4000"
        subprocess.run(["script", "-qec", recorded, "/dev/null"], env=environment, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, timeout=120)
    text = Path(svg).read_text()
    if "SUCCESS" not in re.sub(r"<[^>]*>", "", text).replace("\xa0", " "):
        raise SystemExit("picture.py: the recording shows no SUCCESS")


if __name__ == "__main__":
    main(*sys.argv[1:])
