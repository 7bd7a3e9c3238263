"""The C and C++ programs of a platform: compiled by its own compiler, run against the mock server, which runs natively."""
import glob
import os
import re
import sys

import left_out
import running
import tools
from build import Failed, inside
from targets import HOME, NATIVE, REPOSITORY
import windows

sys.path.append(os.path.join(REPOSITORY, "tests", "mock-server"))
from mock_server import DOCUMENTED, MockServer  # noqa: E402

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wstrict-prototypes", "-Wconversion", "-Werror", "-O2"]
# As check-abi compiles them: the warnings of their day. Without optimisation zig would add a sanitizer, which wants a newer musl.
RELEASED = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2"]
STRICT_CPP = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror", "-O2"]
SUITES = {"query": "tests/programs/test_query_program.py", "wait": "tests/programs/test_wait_program.py",
          "stack": "tests/programs/test_stack.py"}
SOURCES = {"asks": "tests/platforms/asks.c", "asks_cpp": "tests/platforms/asks.cpp", "asks_lib": "tests/platforms/asks.c",
           "query": "examples-c/query.c", "wait": "examples-c/wait.c", "stack": "tests/programs/stack.c", "queries": "tests/platforms/queries.c"}
TOOL, EMPTY_ROOT = "tests/programs/test_tcdb.py", "tests/packages/test_container.py"
# Of a file of tests, in seconds: an emulator takes minutes, and what hangs is not waited for.
LONGEST = 900
# tests/suite.py's exit code where all was skipped.
NOTHING_RUN = 77
# Its exit code for what the API refuses.
REFUSED = 4
# A program of each release, compiled with that release's header, and run with the library of today; 0.1.0 was of Linux alone.
RELEASES = {os.path.basename(folder): folder for folder in sorted(glob.glob("tests/abi/*.*.*", root_dir=REPOSITORY))}
# Of which instructions.py asks; it shows nothing that the others do not.
COUNTED = "queries"
UNOPTIMISED_STACK = f"{SOURCES['stack']} without optimisation"
# wine takes its settings from the environment, which a test gives to a program as it likes.
START_BY_WINE = """#!/bin/sh
export WINEPREFIX='{wine}' WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
exec /usr/lib/wine/wine '{program}' "$@"
"""


def built_folder(platform):
    """What the tests of programs take as TCDB_BUILT."""
    return os.path.join(HOME, "built", platform.name)


def compiler(platform, is_cpp):
    if platform.is_windows:
        return [f"{platform.mingw}-{'g++' if is_cpp else 'gcc'}-posix", *(["-static"] if is_cpp else [])]
    zig = [os.path.join(HOME, "python", "bin", "python"), "-m", "ziglang", "c++" if is_cpp else "cc"]
    return [*zig, "-target", platform.zig, *(["-dynamic"] if platform.is_musl else []), "-pthread"]


def compile_program(platform, name, library):
    source, include = SOURCES.get(name), "include"
    if name in RELEASES:
        source, include = f"{RELEASES[name]}/program.c", RELEASES[name]
    is_cpp = source.endswith(".cpp")
    flags = RELEASED if name in RELEASES else STRICT_CPP if is_cpp else STRICT
    folder = os.path.join(built_folder(platform), "programs")
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, name + (".exe" if platform.is_windows else ""))
    if platform.is_windows:
        libraries = windows.import_libraries(platform, folder)
        link = [libraries["msvc" if name == "asks_lib" else "mingw"]]
        inside(["cp", library, folder], platform)
    else:
        # Its soname is what the loader looks for.
        inside(["cp", library, os.path.join(built_folder(platform), "libtcdb_async.so.0")], platform)
        link = [library, "-Wl,-rpath,$ORIGIN/.."]
    inside([*compiler(platform, is_cpp), *flags, f"-I{include}", "-o", program, source, *link], platform)
    return started_by_wine(program) if platform.is_windows else program


def ask_in_pascal(platform, library):
    """The Delphi unit, compiled for this Windows; what its program prints."""
    folder = os.path.join(built_folder(platform), "programs")
    os.makedirs(folder, exist_ok=True)
    inside(["cp", library, folder], platform)
    program = os.path.join(folder, "ask_pascal.exe")
    inside([*tools.PASCAL, f"-Fu{tools.PASCAL_UNITS}", f"-FU{folder}", f"-o{program}", "bindings/windows/ask.pas"], platform)
    with mock_server() as server:
        variables = {"TENCENTCLOUD_SECRET_ID": server.id, "TENCENTCLOUD_SECRET_KEY": server.key}
        arguments = ["ap-guangzhou", server.https, server.ca, DOCUMENTED]
        said = ran(platform, [started_by_wine(program), *arguments], {"PATH": os.environ["PATH"], **variables}).stdout
    is_right = said.split() == ["SUCCESS", "SUCCESS", "44", "0"]
    return {"passed": int(is_right), "failed": [] if is_right else [f"printed {said!r}"], "skipped": {}}


def started_by_wine(program):
    script = program.removesuffix(".exe")
    with open(script, "w") as file:
        file.write(START_BY_WINE.format(wine=os.path.join(HOME, "wine"), program=program))
    os.chmod(script, 0o755)
    return script


def ran(platform, command, environment):
    return running.ran(platform, command, LONGEST, environment)


def suite_of(platform, file, *kind, **variables):
    """(all that was printed, {test: outcome}, the stack that was measured) of a file of tests."""
    done = ran(platform, [*kind, "python3", "tests/suite.py", file], {**os.environ, "TCDB_BUILD": "debug", **variables})
    text = done.stdout
    # What a test prints is between its name and its outcome.
    measured = re.search(r"KiB of stack: \{(.*)\}\n", text)
    outcomes = dict(re.findall(r"^(test_\w+) .*?\.\.\. (ok|FAIL|ERROR|skipped.*)$", text.replace(measured[0] if measured else "", ""), re.M | re.S))
    if not outcomes or done.returncode not in (0, 1, NOTHING_RUN):
        raise Failed(f"{file}: exit {done.returncode}\n" + "\n".join(text.splitlines()[-20:]))
    return text, outcomes, [int(kib) for kib in re.findall(r"'(\d+)'", measured[1])] if measured else []


def failures(outcomes):
    return {test for test, outcome in outcomes.items() if outcome in ("FAIL", "ERROR")}


def by_suite(platform, file, *kind, **variables):
    """The tests that the repository has for its own platform, of a program or of the tool."""
    left = left_out.of_programs(platform)
    text, outcomes, measured = suite_of(platform, file, *kind, **variables)
    if failures(outcomes) - set(left):
        # A machine that others use, too, and an emulator whose own parts fail now and then: what passes once has passed.
        text, again, measured = suite_of(platform, file, *kind, **variables)
        outcomes |= {test: outcome for test, outcome in again.items() if outcome == "ok"}
    skipped = {test: why for test, why in left.items() if test in failures(outcomes)}
    failed = sorted(failures(outcomes) - set(skipped))
    if failed:
        print("\n".join(text.splitlines()[-60:]))
    row = {"passed": sum(outcome == "ok" for outcome in outcomes.values()), "failed": failed, "skipped": skipped}
    return row | ({"stack_kib": max(measured)} if measured else {})


def mock_server():
    return MockServer(os.path.join(REPOSITORY, "target", "debug", "tcdb-mock-server"))


def by_itself(platform, program):
    """A program that checks what it does, and says "ok: ..." for each, or how many passed."""
    with mock_server() as server:
        variables = {"TENCENTCLOUD_SECRET_ID": server.id, "TENCENTCLOUD_SECRET_KEY": server.key}
        done = ran(platform, [program, *server.arguments()], {"PATH": os.environ["PATH"], **variables})
    counted = re.search(r"^(\d+) passed, \d+ failed$", done.stdout, re.M)
    passed = int(counted[1]) if counted else len(re.findall(r"^ok: ", done.stdout, re.M))
    failed = re.findall(r"^FAILED: (.*)$", done.stdout, re.M)
    if done.returncode and not failed or not passed:
        failed = [f"exit {done.returncode}"]
    if failed:
        print(done.stdout)
    return {"passed": passed, "failed": failed, "skipped": {}}


def what_is_tested(platform):
    """What tests of a program take from the environment."""
    return {"TCDB_BUILT": built_folder(platform), "TCDB_LIST_SEPARATOR": ";" if platform.is_windows else ":"}


# --- the tool --------------------------------------------------------------------------------------------------------
def of_tool(platform, tool):
    """tcdb as it is shipped; where it is linked statically and nothing is emulated, also in a root that holds nothing else."""
    if platform.is_windows:
        yield "tcdb", asks_by_wine(platform, tool)
        return
    yield TOOL, by_suite(platform, TOOL, TCDB_TOOL=tool)
    if platform.is_musl and platform.runs == NATIVE:
        yield EMPTY_ROOT, by_suite(platform, EMPTY_ROOT, "--plain", TCDB_TOOL=tool)


def asks_by_wine(platform, tool):
    """The answer in words and as an exit code, a wait, and a refusal: the tests of tcdb are of Unix ways."""
    folder = os.path.join(built_folder(platform), "programs")
    inside(["cp", tool, folder], platform)
    command = [started_by_wine(os.path.join(folder, "tcdb.exe"))]
    expected = {("query", DOCUMENTED): (0, "SUCCESS"), ("wait", DOCUMENTED): (0, "SUCCESS"), ("query", "unknown"): (REFUSED, "")}
    failed = []
    with mock_server() as server:
        for words, (code, word) in expected.items():
            done = ran(platform, [*command, "--endpoint", server.https, "--ca", server.ca, *words], server.environment())
            if done.returncode != code or word not in done.stdout:
                failed.append(f"tcdb {' '.join(words)}: exit {done.returncode}: {done.stdout.strip()}")
    return {"passed": len(expected) - len(failed), "failed": failed, "skipped": {}}


def names_of(platform):
    """The programs of a platform. One is linked once more for Windows, by the import library for MSVC; the releases' are not for it."""
    names = [name for name in SOURCES if name != COUNTED and (platform.is_windows or name != "asks_lib")]
    return names if platform.is_windows else [*names, *RELEASES]


def of_names(platform, names, library):
    for name in names:
        program = compile_program(platform, name, library)
        row = f"{RELEASES[name]}/program.c" if name in RELEASES else SOURCES[name]
        row += " with tcdb_async.lib" if name == "asks_lib" else ""
        yield row, by_suite(platform, SUITES[name], **what_is_tested(platform)) if name in SUITES else by_itself(platform, program)


def in_c(platform, library):
    """Without C++ where zig would compile the library of that for minutes."""
    names = [name for name in names_of(platform) if platform.is_windows or name != "asks_cpp"]
    yield from of_names(platform, names, library)


def run(platform, built, unoptimised):
    if platform.is_windows and platform.bits == 32:
        yield "bindings/windows/ask.pas", ask_in_pascal(platform, built["library"])
    yield from of_names(platform, names_of(platform), built["library"])
    # Without optimisation calls take the most stack, and the promise is the same.
    if unoptimised and unoptimised["library"] != built["library"]:
        compile_program(platform, "stack", unoptimised["library"])
        yield UNOPTIMISED_STACK, by_suite(platform, SUITES["stack"], **what_is_tested(platform))
    if "tool" in built:
        yield from of_tool(platform, built["tool"])
