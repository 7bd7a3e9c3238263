"""The build commands of README.md, as they are printed there: a program that is linked so finds the library in another folder."""
import os
import re
import shutil
import subprocess

from languages import BUILT, HEADER, HERE, LIBRARY

USAGE = 2


def rows(language):
    """Of what it was run with, and of how it finds the library."""
    with open(os.path.join(HERE, "README.md")) as file:
        return re.findall(rf"^\| {re.escape(language.name)} \|.*", file.read(), re.M)


def command(language):
    """How it is built for a library in another folder: dots are what the other table has there."""
    plain, another = (re.search(r"`([^`]+)`", row.split("|")[column])[1] for row, column in zip(rows(language), (4, 3)))
    another = another.replace("DIR", LIBRARY)
    if " ... " in another:
        return plain + " " + another.split(" ... ")[1]
    # Variables alone: of the other command the program stays, and where the header is.
    return f"CGO_CFLAGS=-I{HEADER} {another} " + plain.split(") ")[-1] if "=" in another.split()[0] else another


def complaint(language):
    """None where the program starts without LD_LIBRARY_PATH, else what is wrong."""
    folder = os.path.join(BUILT, language.folder, "printed")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(HERE, language.folder), folder)
    environment = {**os.environ, **language.environment}
    for name in ("LD_LIBRARY_PATH", "CGO_CFLAGS", "CGO_LDFLAGS"):
        environment.pop(name, None)
    for words in (command(language), "./query"):
        done = subprocess.run(["sh", "-c", words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != (USAGE if words == "./query" else 0):
            return f"as README.md prints it: {words}: exit code {done.returncode}\n{done.stdout}"
    return None
