"""A copy of the tree whose library holds every mutant at once, and the one that TCDB_MUTANT names is active.

cargo-mutants says what to change. It would compile the crate for each mutant, which takes hours; here a function's body becomes
a choice between itself and its mutated copies, and all of it is compiled once. A mutant that does not compile is found by
the line of the compiler's error and left out; a mutant of a constant has no function to choose in and is compiled alone.
"""
import collections
import hashlib
import json
import os
import re

import ordinary_build
import processes

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PARTS = os.path.join(ROOT, "tests", "proofs", "mutants.toml")
FOLDER = os.path.join(ROOT, "target", "mutants")
# Seconds for the compiler, which others may keep busy.
PATIENCE = 3600
TREE = os.path.join(FOLDER, "tree")
BUILD = os.path.join(FOLDER, "build")
CHOICE = """
#[allow(missing_docs)]
pub mod active_mutant {
    pub fn number() -> u32 {
        static NUMBER: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
        *NUMBER.get_or_init(|| std::env::var("TCDB_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}
"""


class Mutant:
    """One change, by cargo-mutants' words; `key` names it without line numbers, so that it is found after other edits,
    and has a number where the same is changed at several places of a line."""

    def __init__(self, number, listed):
        self.number = number
        self.file, self.name, self.replacement = listed["file"], listed["name"], listed["replacement"]
        self.what = self.name.split(": ", 1)[1]
        text = source(self.file)
        self.start, self.end = offsets(text, listed["span"])
        function = listed.get("function") or {"return_type": ""}
        # Of a constant, or where each copy of the body would return a type of its own.
        self.is_alone = "span" not in function or "impl " in function["return_type"]
        self.function = None if self.is_alone else (*offsets(text, function["span"]), function["function_name"])
        line = text[text.rfind("\n", 0, self.start) + 1:].split("\n", 1)[0].strip()
        self.key = (self.file, self.what, line)


def source(path, cache={}):
    if path not in cache:
        with open(os.path.join(ROOT, path), encoding="utf-8", newline="") as file:
            cache[path] = file.read()
    return cache[path]


def offsets(text, span):
    """A span of lines and columns, both from 1, as offsets."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return tuple(starts[span[edge]["line"] - 1] + span[edge]["column"] - 1 for edge in ("start", "end"))


def mutants(tool):
    """What cargo-mutants would do to the files that tests/proofs/mutants.toml names, each once: it meets `mod x` twice where two features declare it."""
    command = [tool, "mutants", "--config", PARTS, "--list", "--json"]
    once = {one["name"]: one for one in json.loads(output(command))}
    every = [Mutant(number, one) for number, one in enumerate(once.values(), 1)]
    times = collections.Counter()
    for mutant in every:
        times[mutant.key] += 1
        if times[mutant.key] > 1:
            path, what, line = mutant.key
            mutant.key = (path, f"{what} #{times[mutant.key]}", line)
    return every


def output(command):
    done = processes.run(command, cwd=ROOT, timeout=PATIENCE)
    if done.returncode:
        raise SystemExit(f"FAILED: {' '.join(command)}\n{done.stderr}")
    return done.stdout


def copy_tree(woven_files):
    """The files of the checkout but those that are woven. One that has not changed keeps its time, so that cargo compiles what has."""
    for path in filter(None, output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")):
        if os.path.isfile(os.path.join(ROOT, path)) and path not in woven_files:
            with open(os.path.join(ROOT, path), "rb") as file:
                write(path, file.read())


def write(path, content):
    path = os.path.join(TREE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        with open(path, "rb") as file:
            if file.read() == content:
                return
    with open(path, "wb") as file:
        file.write(content)


def weave(chosen):
    """Writes the sources with these mutants; {file: [(first line, last line, mutant)]}."""
    where, by_file = {}, {}
    for mutant in chosen:
        by_file.setdefault(mutant.file, []).append(mutant)
    for path, within in by_file.items():
        text = woven(source(path), within)
        # The marks are comments, which do not change what is compiled.
        where[path] = [
            (text.count("\n", 0, mark.start()) + 1, text.count("\n", 0, text.index(f"/* end {mark[1]} */")) + 1, int(mark[1]))
            for mark in re.finditer(r"/\* mutant (\d+) \*/", text)
        ]
        write(path, text.encode())
    return where


def woven(text, within):
    outermost = {}
    for mutant in within:
        begin, end, _ = mutant.function
        # A function inside another one is a part of it.
        begin, end, name = min(other.function for other in within if other.function[0] <= begin and end <= other.function[1])
        outermost.setdefault((begin, end, name), []).append(mutant)
    for (begin, end, name), its_own in sorted(outermost.items(), reverse=True):
        opening = begin + body_at(text[begin:end], name)
        arms = []
        for mutant in its_own:
            body = text[opening:mutant.start] + mutant.replacement + " " + text[mutant.end:end]
            arms.append(f"{mutant.number} => return /* mutant {mutant.number} */\n{body}\n/* end {mutant.number} */,\n")
        choice = "{\nmatch crate::active_mutant::number() {\n" + "".join(arms) + "_ => {}\n}\n" + text[opening + 1:end]
        text = text[:opening] + choice + text[end:]
    return text


def body_at(function, name):
    """Where the body of a function begins: the first brace after its name that is in no parentheses."""
    blank = re.sub(r"//[^\n]*", lambda match: " " * len(match[0]), function)
    named = re.search(rf"\bfn\s+{re.escape(name.rsplit('::', 1)[-1])}\b", blank)
    depth = 0
    for at in range(named.end(), len(blank)):
        if blank[at] == "{" and depth == 0:
            return at
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(blank[at], 0)
    raise ValueError(f"{name} has no body")


def prepare(woven_files=()):
    """The copy, with the choice in it, as one library; what the ordinary build has of the dependencies serves here too."""
    copy_tree({"Cargo.toml", "src/lib.rs", *woven_files})
    manifest = source("Cargo.toml").replace('crate-type = ["lib", "cdylib", "staticlib"]', 'crate-type = ["lib"]')
    # Else the unit tests need the library too, which is the longer half of the build.
    manifest = manifest.replace('tcdb-async = { path = ".", features = ["internals"] }\n', "")
    write("Cargo.toml", manifest.encode())
    write("src/lib.rs", (source("src/lib.rs").replace("#![deny(unsafe_code)]", "#![deny(unsafe_code)]\n#![allow(warnings)]") + CHOICE).encode())
    ordinary_build.link_into(os.path.join(BUILD, "debug"))


def compiled():
    """(the unit tests' program, errors): of each [(file, line, message)]."""
    settings = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_INCREMENTAL": "1"}
    command = ["cargo", "test", "--no-run", "--message-format=json", "--features", "internals", "--lib", "--target-dir", BUILD]
    done = processes.run(command, cwd=TREE, env={**os.environ, **settings}, timeout=PATIENCE)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    program = next((m["executable"] for m in messages if m.get("executable")), None)
    errors = []
    for message in (m["message"] for m in messages if m["reason"] == "compiler-message" and m["message"]["level"].startswith("error")):
        spans = [span for span in message["spans"] if span["is_primary"]]
        errors += [(span["file_name"], span["line_start"], message["message"]) for span in spans]
    if done.returncode and not errors:
        raise SystemExit("FAILED: the build of the mutants\n" + done.stderr[-3000:])
    return program, errors


def build(chosen):
    """Compiles as many of these as compile; (the unit tests' program, the numbers of those that do not)."""
    remembered = os.path.join(FOLDER, "unviable.json")
    state = hashlib.sha256("\0".join([*(source(mutant.file) for mutant in chosen), *(mutant.name for mutant in chosen)]).encode()).hexdigest()
    unviable = set(recall(remembered).get(state, ()))
    while True:
        where = weave([mutant for mutant in chosen if mutant.number not in unviable])
        program, errors = compiled()
        if not errors:
            with open(remembered, "w", encoding="utf-8") as file:
                json.dump({state: sorted(unviable)}, file)
            return program, unviable
        found = {number for path, line, _ in errors for first, last, number in where.get(path, ()) if first <= line <= last}
        if not found:
            raise SystemExit("FAILED: the build of the mutants\n" + "\n".join(f"{path}:{line}: {what}" for path, line, what in errors))
        unviable |= found


def recall(path):
    """Which mutants of the same sources did not compile the last time."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)
