#!/usr/bin/env python3
"""Looks at what `make dist` has left as its users do: packed.py [PLATFORM...]; by default, at every archive that is there.

Each archive is unpacked into an empty folder; on Linux its installer runs, too. A program is compiled against what was
in it by the platform's compiler, and asks the mock server, as tcdb does. Each wheel is installed by pip for its platform,
and imported where it is this machine's.
"""
import base64
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import programs  # noqa: E402
import shipped  # noqa: E402
import tools  # noqa: E402
from build import Failed, inside  # noqa: E402
from targets import BY_NAME, HOME, NATIVE, REPOSITORY, SHIPPED  # noqa: E402

ROOT = Path(REPOSITORY)
DIST = ROOT / "target" / "dist"
WORK = Path(HOME) / "unpacked"
VERSION = next(line.split('"')[1] for line in (ROOT / "Cargo.toml").open() if line.startswith("version = "))
CONSUMER = "tests/linking/consumer/consumer.c"
# Of every archive: licences, documents and examples, each by one that the others come with.
DOCUMENTS = ["LICENSE-MIT", "LICENSE-APACHE", "LICENSES-OF-CRATES.txt", "LICENSES-OF-CRATES-OF-TCDB.txt", "README.md", "CHANGELOG.md",
             "docs/linking.md", "examples-c/query.c", "examples-c/wait.c", "bindings/README.md"]
LINUX = ["VERSION", "install.sh", "include/tcdb_async.h", "include/tcdb_async.hpp", f"lib/libtcdb_async.so.{VERSION}", "lib/libtcdb_async.a",
         "lib/tcdb_async.pc.in", "lib/tcdb_async-config.cmake.in", "man/man3/tcdb_query.3", "tool/bin/tcdb", "tool/share/man/man1/tcdb.1",
         "tool/share/bash-completion/completions/tcdb"]
WINDOWS = ["VERSION", "bin/tcdb_async.dll", "bin/tcdb.exe", "bin/tcdb.ps1", "include/tcdb_async.h", "include/tcdb_async.hpp",
           "lib/tcdb_async.def", "lib/libtcdb_async.dll.a", "lib/tcdb_async.lib", "doc/bindings/windows/ask.pas"]
ASK_BY_PYTHON = """
import sys, tcdb_async
https, ca, key_id, key, task = sys.argv[1:]
with tcdb_async.Client(key_id, key, region="ap-guangzhou", endpoint=https, ca_file=ca) as client:
    print(client.describe_async_request_info(task).status)
"""


def name_of(platform):
    return f"tcdb-async-{VERSION}-{platform.archive}"


def archive_of(platform):
    return DIST / f"{name_of(platform)}.{'zip' if platform.is_windows else 'tar.gz'}"


def wheel_of(platform):
    return DIST / f"tcdb_async-{VERSION}-py3-none-{platform.wheel}.whl"


# --- the archive -----------------------------------------------------------------------------------------------------
def unpack(platform):
    into = WORK / platform.name
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    if platform.is_windows:
        zipfile.ZipFile(archive_of(platform)).extractall(into)
    else:
        with tarfile.open(archive_of(platform)) as packed:
            packed.extractall(into, filter="data")
    return into / name_of(platform)


def library_in(platform, folder):
    return folder / ("bin/tcdb_async.dll" if platform.is_windows else f"lib/libtcdb_async.so.{VERSION}")


def holds_everything(platform, folder):
    wanted = [*(WINDOWS if platform.is_windows else LINUX), *(f"doc/{name}" for name in DOCUMENTS)]
    missing = [name for name in wanted if not (folder / name).is_file()]
    yield "it holds everything", not missing, missing
    written = (folder / "VERSION").read_text().strip()
    yield "it names its version", written == VERSION, written
    yield "no file names a folder of the machine that built it", *names_no_folder(folder)
    yield shipped.of_size(platform, library_in(platform, folder))


def names_no_folder(folder):
    """The places of panics are in a Rust program, with the folders of its sources."""
    places = {REPOSITORY, os.path.expanduser("~"), os.environ.get("CARGO_HOME") or "/"} - {"/"}
    folders = [os.path.join(place, "").encode() for place in places]
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    naming = [name for name, content in files.items() if any(name_of_folder in content for name_of_folder in folders)]
    return not naming, naming


def link_flags(platform, folder):
    """(how the program is linked, include folder, flags) for each library that a program is linked with."""
    if platform.is_windows:
        for name in ("libtcdb_async.dll.a", "tcdb_async.lib"):
            yield name, folder / "include", [str(folder / "lib" / name)]
        return
    prefix = folder.parent / "prefix"
    subprocess.run(["sh", str(folder / "install.sh")], env={"PATH": os.environ["PATH"], "PREFIX": str(prefix)}, check=True, stdout=subprocess.DEVNULL)
    asked = lambda *words: subprocess.run(["pkg-config", *words, "tcdb_async"], capture_output=True, text=True, check=True,  # noqa: E731
                                          env={**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}).stdout.split()
    yield "the shared library", prefix / "include", [*asked("--libs"), f"-Wl,-rpath,{prefix}/lib"]
    yield "the static library", prefix / "include", asked("--variable=static_libs")


def compiled(platform, folder, include, flags):
    program = folder.parent / ("consumer.exe" if platform.is_windows else "consumer")
    program.unlink(missing_ok=True)
    # Without optimisation zig would add a sanitizer, which wants a newer musl.
    inside([*programs.compiler(platform, False), "-O2", f'-DCONSUMER_EXPECTS="{VERSION}"', f"-I{include}", CONSUMER, "-o", str(program), *flags], platform)
    return started(platform, program)


def started(platform, program):
    """What starts it: the same, or a script that starts it by wine, in a folder that has the DLL."""
    if not platform.is_windows:
        return str(program)
    if not (program.parent / platform.file_name).exists():
        shutil.copy(WORK / platform.name / name_of(platform) / "bin" / platform.file_name, program.parent)
    return programs.started_by_wine(str(program))


def a_program_works(platform, folder):
    for how, include, flags in link_flags(platform, folder):
        try:
            command = [compiled(platform, folder, include, flags)]
            with programs.mock_server() as server:
                done = programs.ran(platform, [*command, *server.arguments(), programs.DOCUMENTED], {"PATH": os.environ["PATH"]})
            is_right = done.returncode == 0 and "query: SUCCESS" in done.stdout and "FAILED" not in done.stdout
            yield f"a program that is linked with {how} asks and waits", is_right, f"exit {done.returncode}: {done.stdout.strip()}"
        except Failed as failure:
            yield f"a program is linked with {how}", False, str(failure)


def its_tool_works(platform, folder):
    program = folder / ("bin/tcdb.exe" if platform.is_windows else "tool/bin/tcdb")
    command = started(platform, program)
    with programs.mock_server() as server:
        for word in ("query", "wait"):
            done = programs.ran(platform, [command, word, "--endpoint", server.https, "--ca", server.ca, programs.DOCUMENTED], server.environment())
            yield f"tcdb {word} works", done.returncode == 0 and "SUCCESS" in done.stdout, f"exit {done.returncode}: {done.stdout.strip()}"


# --- the wheel -------------------------------------------------------------------------------------------------------
def sha256(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def the_wheel_holds_it(platform, folder):
    with zipfile.ZipFile(wheel_of(platform)) as wheel:
        info = f"tcdb_async-{VERSION}.dist-info"
        tags = re.findall(r"^Tag: (.*)$", wheel.read(f"{info}/WHEEL").decode(), re.M)
        yield "the wheel's tags are its name's", sorted(tags) == sorted(f"py3-none-{tag}" for tag in platform.wheel.split(".")), tags
        library = [wheel.read(name) for name in wheel.namelist() if name == f"tcdb_async/{platform.file_name}"]
        yield "the wheel has the archive's library", library == [library_in(platform, folder).read_bytes()], len(library)
        licences = [name for name in wheel.namelist() if name.startswith(f"{info}/licenses/")]
        yield "the wheel has its licences", any("LINKED-CRATES" in name for name in licences) and len(licences) > 2, licences
        rows = csv.reader(wheel.read(f"{info}/RECORD").decode().splitlines())
        wrong = [name for name, digest, _ in rows if digest and digest != f"sha256={sha256(wheel.read(name))}"]
        yield "the wheel's record is true", not wrong, wrong


def pip_takes_it(platform):
    """For a platform that is not this machine's pip is given its name."""
    into = WORK / platform.name / "wheel"
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps", "--only-binary=:all:",
               *[word for tag in platform.wheel.split(".") for word in ("--platform", tag)], "--target", str(into), str(wheel_of(platform))]
    done = subprocess.run(command, capture_output=True, text=True)
    is_there = (into / "tcdb_async" / platform.file_name).is_file()
    yield "pip installs the wheel for its platform", done.returncode == 0 and is_there, done.stderr.strip()


def python_asks_with_it(platform):
    if platform.runs != NATIVE or platform.bits != 64 or platform.is_musl:
        return
    environment = WORK / platform.name / "venv"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", str(wheel_of(platform))], check=True)
    with programs.mock_server() as server:
        done = subprocess.run([python, "-I", "-c", ASK_BY_PYTHON, *server.arguments(), programs.DOCUMENTED], capture_output=True, text=True)
    yield "Python asks with the installed wheel", done.stdout.strip() == "SUCCESS", done.stdout + done.stderr


# --- what goes with them ---------------------------------------------------------------------------------------------
def its_parts_are_listed(platform, folder):
    made = json.loads((DIST / f"{name_of(platform)}.cdx.json").read_text())
    listed = {(part["name"], part.get("version")) for part in [*made["components"], made["metadata"]["component"]]}
    licences = (folder / "doc" / "LICENSES-OF-CRATES-OF-TCDB.txt").read_text()
    linked = set(re.findall(r"^([\w-]+) (\d+\.\d+\.\d+\S*) \(", licences, re.M))
    yield "the list of parts has every crate whose licence is there", linked and linked <= listed, sorted(linked - listed) or "no crates"


def the_sums_are_true():
    lines = [line.split("  ") for line in (DIST / "SHA256SUMS").read_text().splitlines()]
    known = {name: digest for digest, name in lines}
    here = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in DIST.iterdir() if path.name != "SHA256SUMS"}
    wrong = [name for name in known if here.get(name) != known[name]]
    yield "SHA256SUMS is true", not wrong, wrong
    unlisted = sorted(set(here) - set(known))
    yield "SHA256SUMS lists every file", not unlisted, unlisted


def of_platform(platform):
    folder = unpack(platform)
    yield from holds_everything(platform, folder)
    yield from a_program_works(platform, folder)
    yield from its_tool_works(platform, folder)
    yield from the_wheel_holds_it(platform, folder)
    yield from pip_takes_it(platform)
    yield from python_asks_with_it(platform)
    yield from its_parts_are_listed(platform, folder)


def report(title, found):
    passed = failed = 0
    for what, is_good, detail in found:
        passed, failed = passed + bool(is_good), failed + (not is_good)
        if not is_good:
            print(f"  FAILED: {title}: {what}: {detail}", flush=True)
    print(f"{title}: {passed} passed, {failed} failed", flush=True)
    return passed, failed


def main(*names):
    names = names or [name for name in SHIPPED if archive_of(BY_NAME[name]).exists()]
    if not names or set(names) - set(SHIPPED):
        sys.exit(f"packed.py PLATFORM...; platforms: {' '.join(SHIPPED)}; `make dist` packs them")
    try:
        tools.install()
    except tools.Missing as reason:
        print(f"skipped: machine: {str(reason).splitlines()[-1]}")
        return 77
    counts = [report(name, of_platform(BY_NAME[name])) for name in names] + [report("target/dist", the_sums_are_true())]
    passed, failed = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
