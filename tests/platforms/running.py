"""Runs programs of a platform where the cross tools are, each within a bound of time."""
import os
import subprocess
import sys

from targets import REPOSITORY

sys.path.append(os.path.join(REPOSITORY, "tests"))
import processes  # noqa: E402


def ran(platform, command, longest, environment, where=REPOSITORY):
    """A subprocess.CompletedProcess with all that was printed; the exit code of what did not end is a sentence."""
    words = [*platform.entered, *command]
    try:
        return processes.run(words, cwd=where, env=environment, stderr=subprocess.STDOUT, errors="replace", timeout=longest)
    except subprocess.TimeoutExpired as hung:
        return subprocess.CompletedProcess(words, f"no end after {longest} s", (hung.stdout or b"").decode(errors="replace"))
