#!/usr/bin/env python3
"""Builds and installs from a clean checkout: clean_install.py FACTS

What is committed or staged of this tree is copied to target/linking/checkout, built and installed there by
`make install`, so that nothing comes from an earlier build. The payload stays there for the checks of the consumers. What
the build cost is written to FACTS.
"""
import json
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


def main(facts):
    copy_tracked_files()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("CARGO_", "MAKE", "MFLAGS", "RUSTFLAGS", "TCDB_")) or name == "CARGO_HOME"}
    environment.update(DESTDIR=str(CHECKOUT / "root"), PREFIX="/usr/local")
    done = subprocess.run(["make", "install"], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout[-8000:])
        return done.returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(facts).write_text(json.dumps({"seconds_of_cpu": used.ru_utime + used.ru_stime}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
