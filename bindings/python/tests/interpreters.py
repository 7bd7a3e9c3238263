"""Runs the suite on one CPython of each version from 3.9 that is there: those of pyenv, and those on the PATH.

python3 interpreters.py            runs run_suite.py on each, its environment being handed on
python3 interpreters.py --own      on this one alone
python3 interpreters.py --others   on each but this one, whose suite is a check of its own
python3 interpreters.py --list     names them
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 3
# Of each suite, run by themselves: side by side where there is one interpreter, and none is left to be the last alone.
PARTS = 3
# Seconds for one part: it takes up to a minute.
LIMIT = 900
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "tests"))
import processes  # noqa: E402

ABOUT = (
    "import platform, sysconfig; "
    "print(platform.python_implementation(), platform.python_version(), sysconfig.get_config_var('Py_GIL_DISABLED'))"
)


def candidates():
    yield sys.executable
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True).stdout.strip()
        yield from sorted(glob.glob(os.path.join(root, "versions", "*", "bin", "python3")))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield from sorted(glob.glob(os.path.join(glob.escape(folder), "python3*")))


def interpreters():
    """Minor version, version and path; of each minor version the first that is found."""
    found = {}
    for path in candidates():
        if not re.fullmatch(r"python3(\.\d+t?)?", os.path.basename(path)) and path != sys.executable:
            continue
        asked = subprocess.run([path, "-I", "-c", ABOUT], capture_output=True, text=True)
        if asked.returncode:
            continue
        name, version, threads = asked.stdout.split()
        minor = tuple(map(int, version.split(".")[:2]))
        if name == "CPython" and minor >= (3, 9):
            # A free-threaded build is another version.
            found.setdefault((minor, threads), (version, path))
    return sorted((minor, version, path) for (minor, _), (version, path) in found.items())


def parts():
    """The suite's modules in as many lists, which take about as long: the largest are dealt out first."""
    files = sorted(glob.glob(os.path.join(HERE, "test_*.py")), key=os.path.getsize, reverse=True)
    modules = [os.path.basename(path)[: -len(".py")] for path in files]
    return [modules[first::PARTS] for first in range(PARTS)]


def run(version, path, modules):
    """Runs a part of the suite and prints what it said in one piece, also where it did not finish."""
    command = [path, "-W", "error::ResourceWarning", os.path.join(HERE, "run_suite.py"), *modules]
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = processes.start(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            code = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            code = f"did not finish within {LIMIT} s"
        processes.end(process)
        output.seek(0)
        print(f"== CPython {version}: {path}\n{output.read()}", flush=True)
    if code:
        print(f"CPython {version}: {code if isinstance(code, str) else f'exit code {code}'}", flush=True)
    return version if code else None


def main():
    processes.interruptible()
    found = interpreters()
    if sys.argv[1:] == ["--list"]:
        print(*(f"{version} {path}" for _, version, path in found), sep="\n")
        return 0
    if sys.argv[1:] == ["--own"]:
        found = [each for each in found if each[2] == sys.executable]
        if not found:
            sys.exit("needs CPython 3.9 or later")
    elif sys.argv[1:] == ["--others"]:
        found = [each for each in found if each[2] != sys.executable]
        if not found:
            print("skipped: machine: there is no other CPython from 3.9")
            return 77
    runs = [(version, path, modules) for _, version, path in found for modules in parts()]
    # The suite waits more than it computes.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = sorted({version for version in pool.map(lambda each: run(*each), runs) if version})
    print(f"failed on {', '.join(failed)}" if failed else f"ran on {len(found)} versions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
