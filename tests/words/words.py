"""Retired words, and where they are still used."""
import re
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
# What is not this project's prose, and why.
LEFT_OUT = [
    ("LICENSE-*", "a licence"),
    ("*Cargo.lock", "made by cargo"),
    ("fuzz/seeds/*", "bytes that are parsed, not read"),
    ("docs/*.svg", "a drawing, made by a tool"),
    ("tests/abi/0.1.0/*", "what 0.1.0 was, which never changes"),
    ("tests/words/retired.txt", "the list itself"),
    ("tests/words/*.py", "have the words as cases"),
    ("packaging/debian/copyright", "licences"),
]
# A line that has a retired word for a reason: the file, and a part of the line.
ALLOWED = [
    ("packaging/container/root.sh", "nobody:x:65534", "the name of a system user"),
]
# "there is no X" is as good as ever; only "it is no X" is retired.
THERE = re.compile(r"\bthere (?:is|was|are|were) no\b", re.I)
# Where a name is divided into its words. Without an underscore a longer one is data, a certificate for example.
PARTS = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")
LONGEST_NAME = 40


def retired():
    """(pattern, what is said instead), in the list's order."""
    lines = (FOLDER / "retired.txt").read_text().splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            word, instead = line.split(" => ")
            yield re.compile(rf"\b(?:{word})\b", re.I), instead


def listed(*patterns):
    """The files of the repository, as git lists them: builds in target/ come and go meanwhile."""
    names = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in names.stdout.split("\0") if name]


def files():
    """Its texts."""
    return listed(".", *(f":!{pattern}" for pattern, _ in LEFT_OUT))


def names_in(line):
    """The names that consist of several words, as these words: `wait_is_over`, `WaitIsOver`."""
    for name in re.findall(r"\w+", line):
        spoken = PARTS.sub(" ", name)
        if spoken != name and ("_" in name or len(name) <= LONGEST_NAME):
            yield spoken


def found_in(text, words):
    """(line, word, instead) of each retired word in prose or in a name; "there is no" does not count."""
    any_word = re.compile("|".join(pattern.pattern for pattern, _ in words), re.I)
    for number, line in enumerate(text.splitlines(), 1):
        said = THERE.sub("", " | ".join([line, *names_in(line)]))
        if any_word.search(said):
            for pattern, instead in words:
                if match := pattern.search(said):
                    yield number, match[0], instead


def is_allowed(name, line):
    return any(name == file and part in line for file, part, _ in ALLOWED)


def faults():
    """One line for each place that says a retired word."""
    words = list(retired())
    for name in files():
        try:
            text = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for _, word, instead in found_in(name, words):
            yield f"{name}: {word!r} in the file's name: say {instead}"
        lines = text.splitlines()
        for number, word, instead in found_in(text, words):
            if not is_allowed(name, lines[number - 1]):
                yield f"{name}:{number}: {word!r}: say {instead}"
