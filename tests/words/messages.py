#!/usr/bin/env python3
"""Writes docs/messages.md: every text of the library and of tcdb that a user can see, from the sources (`make messages`).

A text is a string literal of words; what is not meant for a user is in NOT_SHOWN. With it is the code that the same
statement, or the next one of its block, names.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rust_text import blanked, tokens, value, without_tests  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/messages.md"
# In this order: the section, and the sources whose texts it has.
SECTIONS = [
    ("Parameters, options and settings", ["src/ffi", "src/rust_api", "src/config", "src/api/request.rs", "src/api/external.rs"]),
    ("Credentials", ["src/credentials", "src/api/secret.rs", "src/api/sts.rs", "src/json.rs", "src/runtime/file.rs"]),
    ("Connections, TLS, proxies and HTTP", ["src/http", "src/io_reason.rs"]),
    ("Replies of the API", ["src/api", "src/info.rs"]),
    ("Queries and waits", ["src/client.rs", "src/operation.rs", "src/session.rs", "src/waiter", "src/rate_limit", "src/retry",
                           "src/runtime", "src/error.rs"]),
    ("The command-line tool", ["cli/src"]),
]
# Texts that no user sees as a message: (file, what the text begins with, why).
NOT_SHOWN = [
    ("src/api/sts.rs", "x-tc-", "a header of the request"),
    ("src/api/tc3.rs", ", Sign", "a part of the signature's header"),
    ("src/http/http_connect.rs", "CONNECT {target}", "a request to a proxy"),
    ("src/http/http_connect.rs", "Proxy-Authorization", "a header of the request"),
    ("src/io_reason.rs", " (os error", "what is cut from std's text"),
    ("src/http/dns/mod.rs", "failed to lookup", "what is cut from std's text"),
    ("src/ffi/guard.rs", "struck by", "of the test of panics alone"),
    ("src/rust_api/waiter.rs", "Waiter(", "the Debug text of a type"),
    ("src/config/proxy.rs", "Proxy(", "the Debug text of a type"),
    ("cli/src/failure.rs", " (os error", "what is cut from std's text"),
]
# Found in the statement: its text and what the table shows for it.
CODES = re.compile(r"ErrorKind::(?P<kind>\w+)|(?P<invalid>Error::invalid\b)|(?P<internal>Error::internal\b)"
                   r"|\bLevel::(?P<level>\w+)|(?P<phase>enter_phase)|(?P<credentials>credentials_error\b)")


def sources(place):
    path = ROOT / place
    files = [path] if path.is_file() else sorted(path.rglob("*.rs"))
    return [file for file in files if file.name not in ("tests.rs", "models.rs") and not {"models", "tests"} & set(file.parts)]


def code_of(statement):
    """What a piece of code says of the failure that it makes; None: nothing, or more than one thing."""
    found = {next((name, text) for name, text in match.groupdict().items() if text) for match in CODES.finditer(statement)}
    if len(found) != 1:
        return None
    name, text = found.pop()
    if name == "kind":
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).upper()
    if name == "level":
        return f"log: {text.lower()}"
    return {"invalid": "INVALID_ARGUMENT", "internal": "INTERNAL", "phase": "while …", "credentials": "CREDENTIALS"}[name]


def code_at(code, start, end):
    """Of the statement that has the literal, or of the next one in the same block."""
    first = max(code.rfind(mark, 0, start) for mark in ";{}") + 1
    last = re.compile(r"[;{}]").search(code, end)
    stop = last.start() if last else len(code)
    own = code_of(code[first:stop])
    if own or not last or last[0] != ";":
        return own
    following = re.compile(r"[;{}]").search(code, stop + 1)
    return code_of(code[stop + 1:following.start() if following else len(code)])


def texts(source):
    """(text, code or None) of each literal of words."""
    source = without_tests(source)
    code = blanked(source)
    for kind, start, end in tokens(source):
        if kind != "text" or re.search(r"#!?\[[^\]\n]*$", source[:start].rpartition("\n")[2]):
            continue
        text, found = value(source[start:end]), code_at(code, start, end)
        is_phase = code[:start].rstrip().endswith("enter_phase(")
        if is_phase or (" " in text.strip() and re.search(r"[a-z]{2}", re.sub(r"\{[^}]*\}", "", text))):
            yield text, "while …" if is_phase else found


def messages():
    """{section: {text: (codes, files)}}; a file is of the first section that has it."""
    seen, found = set(), {}
    for section, places in SECTIONS:
        rows = found.setdefault(section, {})
        for file in (file for place in places for file in sources(place)):
            name = file.relative_to(ROOT).as_posix()
            if name in seen:
                continue
            seen.add(name)
            for text, code in texts(file.read_text()):
                if any(name == place and text.startswith(begin) for place, begin, _ in NOT_SHOWN):
                    continue
                codes, files = rows.setdefault(text, (set(), []))
                codes.add(code or "")
                if name not in files:
                    files.append(name)
    return found


def cell(text):
    text = text.strip().replace("\\r", "␍").replace("\\n", " ").replace("\n", " ").replace("|", "\\|")
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def page():
    lines = ["# Every message", "",
             "Made by `make messages` from the sources, held by `make check-words`. Names in braces are filled in. The code is that of the",
             "failure whose message this is; `log:` a line of the log with its level; `while …` a phase, which the message of a timeout or",
             "of a cancelled call ends with; none: a part of other messages. What to do about each code: [troubleshooting](troubleshooting.md).", ""]
    for section, rows in messages().items():
        lines += [f"## {section}", "", "| message | code | source |", "| --- | --- | --- |"]
        lines += [f"| {cell(text)} | {', '.join(sorted(filter(None, codes)))} | {', '.join(files)} |" for text, (codes, files) in rows.items()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
