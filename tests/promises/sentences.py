"""The sentences of the header and of the documentation that say what this library does: each is a promise, with an id."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = ROOT / "include/tcdb_async.h"
# Documents, and which of their sections promise something.
SECTIONS = {"docs/waiting.md": ["How it asks", "Stopping", "Several processes"]}
# What the contract says already, and what the header's own test holds: not promises of their own.
RESTATED = re.compile(r"\\since [\d.]+|\\param \w+ The [a-z_ ]+(?:; not NULL|, or NULL)\.|\\param error NULL, or receives the error, yours to free with tcdb_error_free\."
                      r"|\\param out Receives the [a-z ]+, yours to free with tcdb_\w+_free\.|\\return TCDB_OK, or why it failed\.")
ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "...")


def header_blocks(text):
    """(place, prose) of the contract and of each documented declaration."""
    contract = re.search(r"The contract, for every function below:\n(.*?)\*/", text, re.S)
    for name, prose in re.findall(r"^ \* ([A-Za-z][\w()]*)\. (.*?)(?=^ \* [A-Z][\w()]*\. |\Z)", contract[1], re.S | re.M):
        yield f"contract.{name.strip('()').lower()}", prose
    for prose, declaration in re.findall(r"/\*\*\n(.*?)\*/\n(.*?)(?=\n\n|\Z)", text[contract.end():], re.S):
        yield place(declaration), prose


def place(declaration):
    """The name that a declaration declares."""
    declaration = declaration.replace("TCDB_CALL", " ").replace("TCDB_API", " ")
    for pattern in [r"#define (\w+)", r"\(\s*\*(\w+)\)", r"(\w+)\s*\(", r"typedef .*?(\w+);"]:
        if found := re.search(pattern, declaration, re.S):
            return found[1].removeprefix("tcdb_").removeprefix("TCDB_")
    raise ValueError(f"a comment on what cannot be named: {declaration[:80]!r}")


def document_blocks(path, sections):
    text = (ROOT / path).read_text()
    for section in sections:
        found = re.search(rf"^##+ {re.escape(section)}\n(.*?)(?=^##|\Z)", text, re.S | re.M)
        if not found:
            raise ValueError(f"{path} has no section {section!r}: name those that promise something in {__file__}")
        yield f"{Path(path).stem}.{section.lower().replace(' ', '_')}", found[1]


def sentences(prose):
    """One by one, on one line each, without tables and code."""
    prose = re.sub(r"```.*?```|^\s*\|.*?$", "", prose, flags=re.S | re.M)
    prose = re.sub(r"^ \*( |$)", "", prose, flags=re.M)
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*- )|\n(?=\\(?:param|return|since))", prose):
        words = " ".join(paragraph.split()).removeprefix("- ")
        start = 0
        for end in re.finditer(r"[.!?](?=\s+[A-Z0-9*_`\\]|\s*$)|\.(?=\s+tcdb_)", words):
            if words[: end.end()].endswith(ABBREVIATIONS):
                continue
            yield words[start : end.end()].strip()
            start = end.end()
        if words[start:].strip():
            yield words[start:].strip()


def promises():
    """{id: sentence}, in the order of the texts."""
    blocks = list(header_blocks(HEADER.read_text()))
    for path, sections in SECTIONS.items():
        blocks += document_blocks(path, sections)
    found = {}
    for name, prose in blocks:
        said = (sentence for sentence in sentences(prose) if not RESTATED.fullmatch(sentence))
        for number, sentence in enumerate(said, 1):
            found[f"{name}.{number}"] = sentence
    return found
