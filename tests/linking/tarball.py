#!/usr/bin/env python3
"""The tarball installs where there is no cargo and no compiler, and what it installs works: tarball.py TARBALL"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from elf_facts import facts
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mock-server"))
from mock_server import DOCUMENTED, MockServer  # noqa: E402

WORK = Path("target/linking/tarball").resolve()
TOOLS = ["sh", "dirname", "mkdir", "install", "sed", "ln", "cat", "grep", "cut", "cp", "rm", "rmdir", "mktemp", "wc", "sort"]


def bare_path():
    """A PATH of the few tools that the installer may use."""
    folder = WORK / "bin"
    folder.mkdir(parents=True)
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    return {"PATH": str(folder), "PREFIX": str(WORK / "prefix")}


def installed_files():
    return [path for path in (WORK / "prefix").rglob("*") if not path.is_dir()]


def compile_and_run(endpoint):
    prefix = WORK / "prefix"
    pkg_config = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "tcdb_async"], env=pkg_config, capture_output=True, text=True, check=True).stdout.split()
    version = (WORK / "source/VERSION").read_text().strip()
    subprocess.run(["cc", f'-DCONSUMER_EXPECTS="{version}"', "tests/linking/consumer/consumer.c", *flags, "-o", WORK / "consumer"], check=True)
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(prefix / "lib")}
    return subprocess.run([WORK / "consumer", *endpoint.arguments(), DOCUMENTED], env=environment, capture_output=True, text=True)


def checks(tarball):
    shutil.rmtree(WORK, ignore_errors=True)
    bare = bare_path()
    (WORK / "source").mkdir()
    subprocess.run(["tar", "-xzf", tarball, "-C", WORK / "source", "--strip-components=1"], check=True)
    install = ["sh", str(WORK / "source/install.sh")]
    done = subprocess.run(install, env=bare, capture_output=True, text=True)
    yield "installs with sh and a handful of tools", done.returncode == 0, done.stderr
    library = WORK / "prefix/lib/libtcdb_async.so"
    yield from facts(str(library), "2.17")
    for name in ("query", "wait"):
        program = WORK / f"prefix/bin/tcdb-{name}"
        versions = subprocess.run(["readelf", "-VW", program], capture_output=True, text=True).stdout
        highest = max((tuple(map(int, v.split("."))) for v in re.findall(r"Name: GLIBC_([0-9.]+)", versions)), default=(9,))
        yield f"tcdb-{name} needs glibc {highest}", highest <= (2, 17), ""
    with MockServer() as endpoint:
        for name in ("query", "wait"):
            command = [WORK / f"prefix/bin/tcdb-{name}", "--endpoint", endpoint.https, "--ca", endpoint.ca, DOCUMENTED]
            done = subprocess.run(command, env=endpoint.environment(), capture_output=True, text=True)
            yield f"tcdb-{name} works", done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr
        done = compile_and_run(endpoint)
        yield "a program built with what it installs works", done.returncode == 0 and "FAILED" not in done.stdout, done.stdout + done.stderr
    done = subprocess.run([*install, "--uninstall"], env=bare, capture_output=True, text=True)
    yield "uninstalls", done.returncode == 0 and not installed_files(), f"{done.stderr}{installed_files()}"


found = list(checks(sys.argv[1]))
for what, holds, detail in found:
    print(f"{'ok' if holds else 'FAILED'}: {what}" + (f": {detail}" if not holds and detail else ""))
failed = sum(not holds for _, holds, _ in found)
print(f"{len(found) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
