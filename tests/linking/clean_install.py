#!/usr/bin/env python3
"""A full build from a clean checkout costs less than two minutes of CPU: clean_install.py [LIMIT_IN_SECONDS]

What is committed or staged of this tree is copied to target/linking/checkout, built and installed there by
`make install`, so that nothing comes from an earlier build. The payload stays there for the checks of the consumers.
"""
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path("target/linking/checkout").resolve()


def copy_tracked_files():
    shutil.rmtree(CHECKOUT, ignore_errors=True)
    files = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        if os.path.exists(name):
            (CHECKOUT / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, CHECKOUT / name)


def main(limit):
    copy_tracked_files()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("CARGO_", "MAKE", "MFLAGS", "RUSTFLAGS")) or name == "CARGO_HOME"}
    environment.update(DESTDIR=str(CHECKOUT / "root"), PREFIX="/usr/local")
    done = subprocess.run(["make", "install"], cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    if done.returncode:
        print(done.stdout[-4000:] + done.stderr[-4000:])
    print(f"build and install from a clean checkout: {seconds:.0f} s of CPU, {limit:.0f} at most")
    held = done.returncode == 0 and seconds < limit
    print(f"{int(held)} passed, {int(not held)} failed")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 120))
