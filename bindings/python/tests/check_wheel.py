"""Holds the wheel against its promises, and builds the package in every way that the README names.

    python3 check_wheel.py TOOLS WHEELS MOCK_SERVER

TOOLS: a virtual environment of tools.txt; WHEELS: the folder where `make wheel` left one; MOCK_SERVER: that program.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPOSITORY = os.path.dirname(os.path.dirname(PACKAGE))
TOOLS, WHEELS, SERVER = map(os.path.abspath, sys.argv[1:])
sys.path.append(os.path.join(REPOSITORY, "tests", "mock-server"))
from mock_server import DOCUMENTED as TASK  # noqa: E402
from mock_server import MockServer  # noqa: E402

LARGEST = 1_500_000


def main():
    (wheel,) = glob.glob(os.path.join(WHEELS, "*.whl"))
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (
            tag_is_of_every_python_3_and_manylinux2014,
            contents_are_the_package_its_library_and_licences,
            size_is_bounded,
            library_needs_no_more_than_manylinux2014_has,
            installs_and_runs_where_no_compiler_is,
            sdist_builds_outside_the_tree,
            source_folder_installs,
            editable_install_works,
            frozen_program_answers,
        ):
            name = check.__name__.replace("_", " ")
            try:
                check(wheel, os.path.join(folder, check.__name__))
                passed += 1
                print(f"ok {name}", flush=True)
            except (AssertionError, subprocess.CalledProcessError) as failure:
                failed += 1
                print(f"FAIL {name}: {failure}\n{getattr(failure, 'stdout', '') or ''}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def tag_is_of_every_python_3_and_manylinux2014(wheel, _):
    name = os.path.basename(wheel)
    tags = r"(manylinux2014|manylinux_2_17)_\w+"
    assert re.fullmatch(rf"tcdb_async-[\d.]+-py3-none-{tags}\.{tags}\.whl", name) and "manylinux2014_" in name, name


def contents_are_the_package_its_library_and_licences(wheel, _):
    with zipfile.ZipFile(wheel) as archive:
        names = [each for each in archive.namelist() if not each.endswith("/")]
        source = os.path.join(PACKAGE, "src")
        found = glob.glob(os.path.join(source, "tcdb_async", "**", "*"), recursive=True)
        expected = {os.path.relpath(each, source) for each in found if each.endswith((".py", "py.typed"))}
        inside = {each for each in names if not re.match(r"tcdb_async-[\d.]+\.dist-info/", each)}
        assert inside == expected | {"tcdb_async/libtcdb_async.so"}, inside ^ expected
        licences = {os.path.basename(each): archive.read(each).decode() for each in names if "/licenses/" in each}
    assert {"LICENSE-APACHE", "LICENSE-MIT", "LINKED-CRATES.txt"} <= set(licences), sorted(licences)
    # What runs in the compiler is not linked.
    edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]
    tree = ["cargo", "tree", "--package", "tcdb-async", *edges]
    said = subprocess.run(tree, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    linked = {(name, version.lstrip("v")) for name, version in (line.split()[:2] for line in said.splitlines() if line)}
    headings = set(re.findall(r"^={100}\n(\S+) (\S+) \(", licences["LINKED-CRATES.txt"], re.M))
    assert len(headings) > 30
    different = headings ^ {each for each in linked if each[0] != "tcdb-async"}
    assert not different, f"linked or with a licence in the wheel, not both: {different}"


def size_is_bounded(wheel, _):
    size = os.path.getsize(wheel)
    print(f"   {size:,} bytes")
    assert size <= LARGEST, size


def library_needs_no_more_than_manylinux2014_has(wheel, _):
    said = run(os.path.join(TOOLS, "bin", "auditwheel"), "show", wheel).stdout
    assert re.search(r"manylinux_2_17_\w+", said), said


def installs_and_runs_where_no_compiler_is(wheel, folder):
    python = environment(folder)
    path = os.path.join(folder, "bin")
    assert not any(shutil.which(each, path=path) for each in ("cc", "gcc", "cargo", "rustc", "ld"))
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel, PATH=path)
    answers(python, path)


def sdist_builds_outside_the_tree(_, folder):
    made = os.path.join(folder, "made")
    run(os.path.join(TOOLS, "bin", "python"), "-m", "build", "--no-isolation", "--sdist", "-o", made, PACKAGE)
    (archive,) = os.listdir(made)
    python = environment(os.path.join(folder, "environment"))
    # The crates that others have compiled may be taken from the tree's target folder; nothing else may.
    target = os.path.join(REPOSITORY, "target")
    run(python, "-m", "pip", "install", "--quiet", os.path.join(made, archive), CARGO_TARGET_DIR=target, cwd=folder)
    answers(python)


def source_folder_installs(_, folder):
    python = environment(folder)
    run(python, "-m", "pip", "install", "--quiet", PACKAGE)
    answers(python)


def editable_install_works(_, folder):
    python = environment(folder)
    library = os.path.join(PACKAGE, "src", "tcdb_async", "libtcdb_async.so")
    was_there = os.path.exists(library)
    try:
        run(python, "-m", "pip", "install", "--quiet", "--editable", PACKAGE)
        where = run(python, "-c", "import tcdb_async; print(tcdb_async.__file__)").stdout
        assert where.startswith(PACKAGE), where
        answers(python)
    finally:
        if not was_there:
            os.remove(library)


def frozen_program_answers(wheel, folder):
    """By PyInstaller, whose hook is found by the wheel's entry point."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        print("   not run: PyInstaller needs a Python whose library is shared")
        return
    python = environment(folder)
    run(python, "-m", "pip", "install", "--quiet", "pyinstaller==6.22.3", wheel)
    with open(os.path.join(folder, "frozen.py"), "w") as program:
        program.write("import sys\nfrom tcdb_async.__main__ import main\nsys.exit(main())\n")
    run(python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "frozen.py", cwd=folder)
    # The folder alone is what its user has.
    moved = os.path.join(folder, "moved")
    os.rename(os.path.join(folder, "dist", "frozen"), moved)
    shutil.rmtree(os.path.join(folder, "lib"))
    answers_from(os.path.join(moved, "frozen"))


def environment(folder):
    venv.create(folder, with_pip=True)
    return os.path.join(folder, "bin", "python")


def answers(python, path=None):
    """The installed package asks the mock server, from a folder where nothing else could be imported."""
    answers_from(python, "-m", "tcdb_async", path=path)


def answers_from(*command, path=None):
    with MockServer(SERVER) as server:
        said = run(
            *command,
            *("--json", "--wait", "--endpoint", server.https, "--ca", server.ca, TASK),
            PATH=path or os.environ["PATH"],
            TENCENTCLOUD_SECRET_ID=server.id,
            TENCENTCLOUD_SECRET_KEY=server.key,
            TENCENTCLOUD_REGION="ap-singapore",
            cwd="/",
        ).stdout
    assert json.loads(said)["is_success"], said


def run(*command, cwd=None, **more):
    """Without what would lead to another library or another copy of the package."""
    left_out = ("TCDB_", "PYTHONPATH", "TENCENTCLOUD", "CARGO_TARGET_DIR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return subprocess.run(
        command,
        check=True,
        cwd=cwd,
        env={**kept, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main())
