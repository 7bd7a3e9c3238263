"""Rust sources as tokens: what is a comment, what is a text, and what is neither."""
import re

TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<text>b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*")
  | (?P<character>b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])')
""", re.S | re.X)
TESTS = re.compile(r"^\s*#\[cfg\(test\)\]\n\s*mod tests \{", re.M)


def without_tests(source):
    """Without the module of tests at the end of a file."""
    tests = TESTS.search(source)
    return source[:tests.start()] if tests else source


def tokens(source):
    """(kind, start, end) of each comment, text and character."""
    for found in TOKEN.finditer(source):
        yield found.lastgroup if found.lastgroup != "hashes" else "text", found.start(), found.end()


def blanked(source):
    """The source with spaces in place of comments, texts and characters: what is left is code, at the same places."""
    code = list(source)
    for _, start, end in tokens(source):
        code[start:end] = [c if c == "\n" else " " for c in source[start:end]]
    return "".join(code)


def value(literal):
    """A literal as it is shown: without quotes, escapes and the blanks of a line that goes on."""
    raw = re.match(r'b?r(#*)"(.*)"\1', literal, re.S)
    if raw:
        return raw[2]
    text = re.sub(r"\\\n\s*", "", literal[literal.index('"') + 1:-1])
    return text.replace('\\"', '"').replace("\\\\", "\\")
