#!/usr/bin/env python3
"""Stands in for the C compiler in a mirrored tree (mirror.py): the same command, and what the kind of mirror adds."""
import os
import shutil
import subprocess
import sys

KIND, REPORTS = os.environ.get("MIRROR_KIND"), os.environ.get("MIRROR_REPORTS")
HERE = os.path.dirname(os.path.abspath(__file__))
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g"]
# A run takes twenty times as long; of the many runs that a check makes of one program the first few are watched.
MOST_UNDER_VALGRIND = 8
UNDER_VALGRIND = """#!/bin/sh
if [ "$(ls "{reports}" | grep -c "^{program}\\..*memcheck$")" -lt {most} ]; then
  exec {valgrind} --log-file="{log}" "{real}" "$@"
fi
exec "{real}" "$@"
"""
VALGRIND = "valgrind --verbose --child-silent-after-fork=yes --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"


def compiler():
    """clang's sanitizers are linked into the program, so that a preloaded library does not come before them."""
    return "clang" if shutil.which("clang") else "gcc"


def run(command):
    code = subprocess.run(command).returncode
    if code:
        sys.exit(code)


# Programs that cannot be watched, with the reason (mirror.py tells them): they are built and linked as ever.
SCAN = {"secret_scan": "it reads all memory of its own process, the tools' own too"}
UNWATCHED = {"sanitized": {**SCAN, "bounds": "it measures its own memory, which the sanitizers multiply (memcheck watches it)"},
             "memcheck": {**SCAN, "threads": "it wants a name to look up, and an address over plain HTTP has none (the sanitizers watch it)"},
             "counted": {}}


def plainly(arguments):
    """With the ordinary library, wherever the mirrored tree's own is meant."""
    plain = os.path.join(os.path.dirname(os.environ["MIRROR_ENDPOINT"]), "libtcdb_async.so.0")
    return [plain if "libtcdb_async.so" in a else a for a in arguments] + ["-Wl,-rpath," + os.path.dirname(plain)]


def main():
    arguments = sys.argv[1:]
    sources = [a for a in arguments if a.endswith(".c")]
    links = "-o" in arguments and not {"-c", "-shared", "-fsyntax-only", "-E"} & set(arguments)
    if KIND == "counted" or not (links and sources):
        run(["cc" if KIND != "sanitized" else compiler(), *arguments])
        return
    program = os.path.splitext(os.path.basename(sources[0]))[0]
    out = arguments[arguments.index("-o") + 1]
    if program in UNWATCHED[KIND]:
        run(["cc", *plainly([a for a in arguments if not a.startswith("-Wl,-rpath")])])
        return
    if KIND == "sanitized":
        mark = f"{out}.mark.o"
        defines = [f'-DREPORTS="{REPORTS}"', f'-DPROGRAM="{program}"']
        run([compiler(), "-c", "-o", mark, *defines, os.path.join(os.path.dirname(HERE), "programs", "memory", "always_on.c")])
        run([compiler(), *arguments, mark, *SANITIZERS])
    else:
        real = out + ".real"
        run(["cc", *[real if a == out else a for a in arguments], "-g"])
        log = os.path.join(REPORTS, program + ".%p.memcheck")
        with open(out, "w") as script:
            script.write(UNDER_VALGRIND.format(reports=REPORTS, program=program, most=MOST_UNDER_VALGRIND, valgrind=VALGRIND, log=log,
                                               real=os.path.abspath(real)))
        os.chmod(out, 0o755)


if __name__ == "__main__":
    main()
