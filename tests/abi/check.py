#!/usr/bin/env python3
"""The ABI promise of docs/abi.md: check.py LIBRARY

LIBRARY, built with debug information, is compared by abidiff with tests/abi/baseline/surface.abi; then the baseline's
program, built against the baseline's header, is run with it. That abidiff would see a change is tried out too.
check.py --write LIBRARY makes today's header and library the baseline: once, when a new major begins.
"""
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline"
sys.path[:0] = [str(HERE), str(HERE.parent / "mock-server")]
from mock_server import MockServer  # noqa: E402
from surface import dump, surface  # noqa: E402


def write(tree, path):
    ET.ElementTree(tree).write(path)


def differences(old, new):
    """What abidiff says; additions are allowed."""
    done = subprocess.run(["abidiff", "--no-added-syms", old, new], capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def a_function_is_gone(text):
    return re.sub(r"<elf-symbol name=\"tcdb_query\".*?/>|<function-decl name=\"tcdb_query\".*?</function-decl>", "", text, flags=re.S)


def a_parameter_is_wider(text):
    wider = re.search(r'<type-decl name="u64" size-in-bits="64" id="(\w+)"', text)[1]
    return re.sub(r'(name="tcdb_options_set_max_attempts".*?<parameter .*?<parameter type-id=")\w+', rf"\g<1>{wider}", text, count=1, flags=re.S)


def a_result_is_another(text):
    wider = re.search(r'<type-decl name="u64" size-in-bits="64" id="(\w+)"', text)[1]
    return re.sub(r'(<function-decl name="tcdb_error_attempts".*?<return type-id=")\w+', rf"\g<1>{wider}", text, count=1, flags=re.S)


def a_callback_takes_another_parameter(text):
    return text.replace("fn(i32, *const i8, *mut core::ffi::c_void)", "fn(i64, *const i8, *mut core::ffi::c_void)")


def checks(library):
    committed = BASELINE / "surface.abi"
    with tempfile.TemporaryDirectory() as folder:
        today, changed = f"{folder}/today.abi", f"{folder}/changed.abi"
        write(surface(dump(library)), today)
        said = differences(committed, today)
        yield "abidiff finds no change since the baseline", not said, said
        for change in (a_function_is_gone, a_parameter_is_wider, a_result_is_another, a_callback_takes_another_parameter):
            Path(changed).write_text(change(committed.read_text()))
            yield f"abidiff would see that {change.__name__.replace('_', ' ')}", differences(committed, changed), "it does not"
        program = f"{folder}/program"
        build = subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{BASELINE}", BASELINE / "program.c", library,
                                "-o", program], capture_output=True, text=True)
        yield "the baseline's program still links", build.returncode == 0, build.stderr
        with MockServer() as endpoint:
            run = subprocess.run([program, *endpoint.arguments()], capture_output=True, text=True, timeout=120,
                                 env=endpoint.environment(LD_LIBRARY_PATH=str(Path(library).resolve().parent)))
        yield f"the baseline's program still runs: {run.stdout.strip().splitlines()[-1:]}", run.returncode == 0, run.stdout + run.stderr


def main(library):
    found = list(checks(library))
    for what, holds, detail in found:
        print(f"{'ok' if holds else 'FAILED'}: {what}" + ("" if holds else f"\n{detail}"))
    failed = sum(not holds for _, holds, _ in found)
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write(surface(dump(sys.argv[2])), BASELINE / "surface.abi")
        shutil.copy(HERE.parents[1] / "include/tcdb_async.h", BASELINE)
    else:
        sys.exit(main(sys.argv[1]))
