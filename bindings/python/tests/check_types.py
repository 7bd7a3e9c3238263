"""mypy, pyright and ruff over the package: check_types.py TOOLS LIBRARY.

pyright checks what an installed package shows, so the package is installed next to the tools.
"""

import json
import os
import subprocess
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    tools, library = map(os.path.abspath, sys.argv[1:])
    binaries = os.path.join(tools, "bin")
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "VIRTUAL_ENV": tools}

    def run(*command, cwd=PACKAGE, **more):
        return subprocess.run(
            [os.path.join(binaries, command[0]), *command[1:]],
            cwd=cwd,
            env={**environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    install = ["pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--force-reinstall", "."]
    installed = run(*install, TCDB_ASYNC_PREBUILT=library)
    if installed.returncode:
        sys.exit(installed.stdout)
    cache = os.path.join(tools, "cache")
    checks = [
        ("mypy --strict", run("mypy", "--cache-dir", cache, "src/tcdb_async")),
        ("mypy --strict of a user", run("mypy", "--cache-dir", cache, "--strict", "tests/typed_usage.py", cwd=PACKAGE)),
        ("pyright", run("pyright", "src")),
        ("ruff check", run("ruff", "check", "--no-cache", ".")),
        ("ruff format", run("ruff", "format", "--no-cache", "--check", ".")),
    ]
    verified = run("pyright", "--verifytypes", "tcdb_async", "--ignoreexternal", "--outputjson")
    completeness = json.loads(verified.stdout[verified.stdout.index("{") :])["typeCompleteness"]
    failed = 0
    for name, ran in checks:
        is_bad = ran.returncode != 0
        failed += is_bad
        print(f"{'FAIL' if is_bad else 'ok'} {name}" + (f"\n{ran.stdout}" if is_bad else ""))
    is_bad = verified.returncode != 0 or completeness["completenessScore"] < 1
    failed += is_bad
    print(f"{'FAIL' if is_bad else 'ok'} pyright --verifytypes: {completeness['completenessScore']:.0%} known")
    for symbol in completeness["symbols"]:
        for each in symbol["diagnostics"] if is_bad else []:
            print(f"   {symbol['name']}: {each['message']}")
    print(f"{len(checks) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
