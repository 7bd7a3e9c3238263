#!/usr/bin/env python3
"""Writes the man pages of the C functions: man_pages.py HEADER VERSION FOLDER

One page for each group of functions, with what the header says of each, and one, tcdb_async(3), with the contract and what
every page refers to. A function's own name leads to the page of its group. Text of the header is taken as it is; `\\param`,
`\\return` and `\\since` become items.
"""
import re
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

# A group: what the page is about, and what its functions' names begin with. The first that fits; a function that fits none
# makes a group of its name's first two words.
GROUPS = {
    "tcdb_options": ("how a client works", ["tcdb_options_"]),
    "tcdb_credentials": ("credentials providers", ["tcdb_credentials_", "tcdb_role_"]),
    "tcdb_wait_queue": ("waiting for many tasks", ["tcdb_wait_queue_", "tcdb_wait_event_", "tcdb_wait_options_"]),
    "tcdb_waiter": ("waiting for the end of a task", ["tcdb_wait"]),
    "tcdb_client": ("clients and queries", ["tcdb_client_", "tcdb_query"]),
    "tcdb_result": ("the answer of the API", ["tcdb_result_", "tcdb_status_"]),
    "tcdb_error": ("why a call failed", ["tcdb_error_", "tcdb_code_"]),
    "tcdb_request": ("signing and parsing for another HTTP stack", ["tcdb_request_", "tcdb_response_"]),
    "tcdb_version": ("the library in use", ["tcdb_version", "tcdb_abi_", "tcdb_live_"]),
}
OVERVIEW = "tcdb_async"
DOCUMENTED = re.compile(r"/\*\*\n(?P<text>.*?)\*/\n(?P<code>.*?)(?=\n\n|\Z)", re.S)
WIDTH = 78
FAR = 16


@dataclass
class Item:
    """A declaration of the header and what is said of it."""

    name: str
    text: list
    code: str

    @property
    def is_function(self):
        return self.code.startswith("TCDB_API")


def items(header):
    for found in DOCUMENTED.finditer(header):
        code = found["code"].strip()
        name = re.search(r"#define (\w+)|\((?:TCDB_CALL )?\*(\w+)\)|\b(tcdb_\w+)\s*\(|\b(tcdb_\w+)\s*;", code)
        if name:
            lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in found["text"].splitlines()]
            yield Item(next(filter(None, name.groups())), lines, code)


def group_of(name):
    for group, (_, beginnings) in GROUPS.items():
        if any(name.startswith(beginning) for beginning in beginnings):
            return group
    return "_".join(name.split("_")[:2])


def about(group):
    return GROUPS[group][0] if group in GROUPS else f"functions of {group}"


def grouped(items):
    """{group: its functions}, in the order of GROUPS, without empty ones."""
    groups = {group: [] for group in GROUPS}
    for item in items:
        if item.is_function:
            groups.setdefault(group_of(item.name), []).append(item)
    return {group: members for group, members in groups.items() if members}


def escaped(text):
    """As troff takes it: nothing is an escape or a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def described(lines):
    """Paragraphs, with an item for each parameter and the like; what the header indents as a list keeps its lines."""
    in_item = in_list = False
    for line in lines:
        tag = re.match(r"[\\@](param(?:\[\w+\])?|return|returns|since)\s+(.*)", line)
        parameter = re.match(r"((?:[a-z]\w*, )*[a-z]\w*): (.*)", line)
        indent = len(line) - len(line.lstrip())
        is_listed = (4 if in_item else 2) <= indent
        if not line.strip():
            in_item = False
            yield ".PP"
        elif tag:
            in_item = True
            name, _, rest = tag[2].partition(" ")
            head, rest = (name, rest) if tag[1].startswith("param") else (tag[1].capitalize(), tag[2])
            yield from (".TP", f".I {escaped(head)}", escaped(rest))
        elif parameter:
            yield from (".TP", f".I {escaped(parameter[1])}", escaped(parameter[2]))
        else:
            # Far to the right a listed line continues the one above.
            if (is_listed or in_list) and indent < FAR:
                yield ".br"
            yield escaped(line.strip())
        in_list = is_listed


def one_line(code):
    text = code.removeprefix("TCDB_API").replace("TCDB_CALL ", "").strip()
    return re.sub(r"\s+", " ", text).replace("( ", "(")


def prototype(code):
    """A declaration, wrapped behind its opening bracket."""
    text = one_line(code)
    if len(text) <= WIDTH or "(" not in text:
        return [escaped(text)]
    head, _, rest = text.partition("(")
    lines, current = [], head + "("
    for word in re.split(r"(?<=,) ", rest):
        if len(current) + len(word) > WIDTH and not current.endswith("("):
            lines.append(current.rstrip())
            current = " " * (len(head) + 1)
        current += word + " "
    return [escaped(line) for line in (*lines, current.rstrip())]


def page(title, summary, version, names, sections):
    """The text of one page; a section is a head and its lines."""
    lines = [f'.TH "{title.upper()}" "3" "" "tcdb_async {version}" "Library Functions Manual"', ".SH NAME",
             f"{', '.join(names)} \\- {escaped(summary)}"]
    for head, body in sections:
        lines += [f".SH {head}", *body]
    return "\n".join(squeezed(lines)) + "\n"


def squeezed(lines):
    """Without paragraphs that hold nothing."""
    kept = []
    for line in lines:
        if line == ".PP" and (not kept or kept[-1] == ".PP" or kept[-1].startswith((".SH", ".SS"))):
            continue
        if line.startswith((".SH", ".SS")) and kept and kept[-1] == ".PP":
            kept.pop()
        kept.append(line)
    return kept


def synopsis(functions):
    yield from (".nf", ".B #include <tcdb_async.h>", ".PP")
    for function in functions:
        yield from prototype(function.code)
    yield from (".fi", ".PP", "Link with \\-ltcdb_async; pkg\\-config knows tcdb_async.")


def references(names):
    names = list(names)
    return [f".BR {name} (3){',' if name != names[-1] else ''}" for name in names]


def group_page(group, functions, version, groups):
    description = []
    for function in functions:
        description += [f".SS {function.name}", ".nf", *prototype(function.code), ".fi", ".PP", *described(function.text)]
    others = [OVERVIEW, *(other for other in groups if other != group)]
    return page(group, about(group), version, [f.name for f in functions],
                [("SYNOPSIS", synopsis(functions)), ("DESCRIPTION", description), ("SEE ALSO", references(others))])


def described_contract(lines):
    """The rules of the contract as items, and what is around them."""
    for line in lines:
        rule = re.match(r"([A-Z]\w*|\w+\(\))\. (.*)", line)
        if rule:
            yield from (".TP", f".B {escaped(rule[1])}", escaped(rule[2]))
        else:
            yield escaped(line.strip()) if line.strip() else ".PP"


def overview_page(header, others, version, groups):
    contract = header[header.index("/*") + 2:header.index("*/")].splitlines()
    text = [re.sub(r"^ \* ?", "", line) for line in contract if "make header" not in line]
    lines = []
    for is_code, block in groupby(text, lambda line: line.startswith("    ")):
        lines += [".PP", ".nf", *(escaped(line[4:]) for line in block), ".fi"] if is_code else described_contract(block)
    types = []
    for item in others:
        types += [".TP", f".B {escaped(one_line(item.code) if item.code.startswith('#') else item.name)}",
                  *(line for line in described(item.text) if line != ".PP" and not line.startswith((".TP", ".I")))]
    return page(OVERVIEW, "asks TencentDB for MySQL what became of an asynchronous task, and waits for it", version, [OVERVIEW],
                [("SYNOPSIS", synopsis([])), ("DESCRIPTION", lines), ("TYPES AND NUMBERS", types), ("SEE ALSO", references(groups))])


def main(header_file, version, folder):
    header = Path(header_file).read_text()
    found = list(items(header))
    functions = grouped(found)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for group, members in functions.items():
        (out / f"{group}.3").write_text(group_page(group, members, version, functions))
        for function in members:
            if function.name != group:
                (out / f"{function.name}.3").write_text(f".so man3/{group}.3\n")
    (out / f"{OVERVIEW}.3").write_text(overview_page(header, [item for item in found if not item.is_function], version, functions))


if __name__ == "__main__":
    main(*sys.argv[1:])
