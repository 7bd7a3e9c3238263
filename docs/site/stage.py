#!/usr/bin/env python3
"""Lays out the sources of the HTML site: stage.py FOLDER

The documents are placed as they are in the repository, so that their links hold; the pages of the C functions and of the numbers are
made from the header.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))
import man_pages  # noqa: E402

SITE = ROOT / "docs/site"
# The site has a page where the repository has the header.
MOVED = {"include/tcdb_async.h": "/c/index.md"}
LEXERS = {".c": "c", ".h": "c", ".cpp": "cpp", ".cob": "cobolfree", ".cs": "csharp", ".f90": "fortran", ".go": "go", ".java": "java",
          ".js": "javascript", ".lua": "lua", ".pas": "pascal", ".php": "php", ".pl": "perl", ".rb": "ruby", ".tcl": "tcl"}


def tracked(*patterns):
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in sorted(set(listing.splitlines())) if (ROOT / line).exists()]


def led(folder, document, link):
    """Where a link of a document leads on the site: a folder's files are on the page of the examples, another file is copied."""
    linked = os.path.normpath(document.parent / link)
    if linked in MOVED:
        return MOVED[linked]
    if (ROOT / linked).is_dir():
        return "/examples.md"
    if (ROOT / linked).is_file() and not link.endswith((".md", ".svg")):
        (folder / linked).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / linked, folder / linked)
    return link


def copy_documents(folder):
    for path in tracked("*.md", "docs/*.svg"):
        if path.is_relative_to("docs/site"):
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".md":
            shutil.copy2(ROOT / path, target)
            continue
        text = re.sub(r"\]\(([^):#\s]+)", lambda link: f"]({led(folder, path, link[1])}", (ROOT / path).read_text())
        target.write_text(text)
    for page in SITE.glob("*.md"):
        shutil.copy2(page, folder / page.name)
    shutil.copy2(SITE / "conf.py", folder / "conf.py")


def list_the_rest(folder):
    """A document that the first page's lists do not name goes to the last of them: none is lost for being new."""
    index = folder / "index.md"
    text = index.read_text()
    named = set(re.findall(r"^([\w./-]+)$", text, re.M))
    rest = [str(path.with_suffix("")) for path in tracked("*.md")
            if not path.is_relative_to("docs/site") and str(path.with_suffix("")) not in named]
    index.write_text(text.replace("@THE_REST@", "\n".join(rest)))


def fence(directive, argument, *options):
    return "\n".join([f"```{{{directive}}} {argument}", *options, "```", ""])


def c_pages(folder, items):
    """One page a group of functions, as the man pages have them, and one for the types."""
    functions = man_pages.grouped(items)
    out = folder / "c"
    out.mkdir()
    for group, members in functions.items():
        body = "\n".join(fence("doxygenfunction", item.name) for item in members)
        (out / f"{group}.md").write_text(f"# {group}: {man_pages.about(group)}\n\n```c\n#include <tcdb_async.h>\n```\n\n{body}")
    types = [item for item in items if item.code.startswith("typedef")]
    body = "\n".join(fence("doxygentypedef", item.name) for item in types)
    (out / "types.md").write_text(f"# Types\n\n{body}")
    listed = "\n".join(["types", *functions])
    introduction = (SITE / "c_contract.txt").read_text()
    (out / "index.md").write_text(f"# C\n\n{introduction}\n{contract()}\n\n```{{toctree}}\n{listed}\n```\n")


def contract():
    """The rules at the head of the header, as a list."""
    header = (ROOT / "include/tcdb_async.h").read_text()
    text = [re.sub(r"^ \* ?", "", line).strip() for line in header[header.index("/*") + 2:header.index("*/")].splitlines()]
    rules = []
    for line in text:
        rule = re.match(r"([A-Z]\w*|\w+\(\))\. (.*)", line)
        if rule:
            rules.append(f"- **{rule[1]}.** {rule[2]}")
        elif rules and line:
            rules[-1] += " " + line
    return "\n".join(re.sub(r"(?<![`\w])(_?\w*_\w+|\*out|\*error)", r"`\1`", rule) for rule in rules)


def number_tables(folder, items):
    """The codes, statuses and log levels of the header."""
    heads = {"TCDB_ERR_": "Codes", "TCDB_OK": "Codes", "TCDB_STATUS_": "Statuses", "TCDB_LOG_": "Log levels"}
    tables = {head: [] for head in dict.fromkeys(heads.values())}
    for item in items:
        value = re.match(r"#define (\w+) (-?\d+)$", item.code)
        head = next((head for beginning, head in heads.items() if value and item.name.startswith(beginning)), None)
        if head:
            tables[head].append((int(value[2]), item.name, " ".join(line for line in item.text if line)))
    lines = ["# Codes, statuses, exit codes", "", (SITE / "codes_introduction.txt").read_text()]
    for head, rows in tables.items():
        lines += [f"## {head}", "", "| number | name | meaning |", "| --- | --- | --- |"]
        lines += [f"| {number} | `{name}` | {text.replace('|', chr(92) + '|')} |" for number, name, text in sorted(rows)]
        lines.append("")
    (folder / "codes.md").write_text("\n".join(lines))


def examples_page(folder):
    """The source of every example program."""
    lines = ["# Examples", "", "What `make install` puts into `share/doc/tcdb-async`.", ""]
    for path in tracked("examples-c/*.c", "examples-c/*.cpp", "examples-c/*.h", "bindings/*/query.*", "bindings/*/Query.java", "bindings/windows/*"):
        lines += [f"## {path}", "", f"````{LEXERS.get(path.suffix, 'text')}", (ROOT / path).read_text().rstrip(), "````", ""]
    (folder / "examples.md").write_text("\n".join(lines))


def command_line_page(folder, programs):
    """What the command-line programs say of themselves."""
    lines = ["# Command line", "", (SITE / "command_line_introduction.txt").read_text()]
    for name, command in programs:
        said = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
        lines += [f"## {name}", "", "```text", (said.stdout or said.stderr).rstrip(), "```", ""]
    (folder / "command-line.md").write_text("\n".join(lines))


def command_line_programs():
    """`tcdb` with its subcommands."""
    tcdb = ROOT / "target/debug/tcdb"
    said = subprocess.run([tcdb, "--help"], capture_output=True, text=True, check=True).stdout
    section = re.search(r"^Commands:\n((?:  .*\n)+)", said, re.M)
    names = re.findall(r"^  (\w[\w-]*)", section[1], re.M) if section else []
    return [("tcdb", [tcdb]), *((f"tcdb {name}", [tcdb, name]) for name in names if name != "help")]


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copy_documents(folder)
    list_the_rest(folder)
    items = list(man_pages.items((ROOT / "include/tcdb_async.h").read_text()))
    c_pages(folder, items)
    number_tables(folder, items)
    examples_page(folder)
    command_line_page(folder, command_line_programs())


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
