"""Replies of HTTP by chance, the same at every run: right, odd and wrong ones. A case is its bytes and the odd things in it, by
name; a name is what a disagreement between readers is excused by.
"""
import json
import random

ANSWERS = [
    {"Status": "SUCCESS", "Info": "done", "RequestId": "5eed"}, {"Status": "RUNNING", "Info": "任务", "RequestId": "5eed"},
    {"Status": "FAILED", "Info": "", "RequestId": "5eed"}, {"Status": "UNDEFINED", "Info": "a\nb", "RequestId": "5eed"},
    {"Error": {"Code": "InternalError", "Message": "m"}, "RequestId": "5eed"}, {"Error": {"Code": "AuthFailure.TokenFailure", "Message": ""}, "RequestId": "5eed"},
]
STATUS_LINES = {
    "HTTP/1.1 200 OK": None, "HTTP/1.1 200 ": None, "HTTP/1.1 200": "no reason", "HTTP/1.0 200 OK": None, "HTTP/1.1 404 Not Found": "a status other than 200", "HTTP/1.1 500 Oops": "a status other than 200",
    "HTTP/1.1 429 Slow": "a status other than 200", "HTTP/1.1 302 Moved": "a status other than 200", "HTTP/1.1  200 OK": "two blanks", "http/1.1 200 OK": "http in lower case", "HTTP/1.2 200 OK": "HTTP/1.2",
    "HTTP/1.1 99 Low": "a status of two digits", "HTTP/1.1 2000 OK": "a status of four digits", "HTTP/1.1 abc OK": "a status that is not a number",
    "ICY 200 OK": "not HTTP", " HTTP/1.1 200 OK": "a blank before HTTP", "HTTP/1.1\t200 OK": "a tab", "HTTP/2 200 OK": "HTTP/2", "HTTP/3.0 200 OK": "HTTP/3",
    "HTTP/1.1 200 \x80\xff": "a reason that is not ASCII", "HTTP/11 200 OK": "a version without a dot",
}
FIELDS = {
    "Content-Type: application/json": None, "X-A: b": None, "Date: Thu, 26 Nov 2026 12:00:00 GMT": None, "x-empty:": None, "Set-Cookie: a=b; c": None,
    "X-Long: " + "y" * 4000: None, "X-Folded: a\r\n b": "a folded field", "NoColon": "a line without a colon", "X-Blank : v": "a blank before a colon",
    ": nameless": "a field without a name", "X-Control: a\x01b": "a control character", "X-Latin: \xe9": None, "Connection: close": None, "Connection: keep-alive": None,
    "Content-Encoding: identity": None, "X (odd): v": "an odd name",
}
BEFORE = {"": None, "HTTP/1.1 100 Continue\r\n\r\n": None, "HTTP/1.1 103 Early\r\nLink: <x>\r\n\r\n": "a 102 or 103 first", "\r\n": "an empty line first",
          "HTTP/1.1 102 P\r\n\r\n": "a 102 or 103 first"}


class Case:
    def __init__(self, sent, odd):
        self.sent, self.odd = sent, frozenset(odd)

    def __repr__(self):
        return f"{sorted(self.odd)}: {self.sent[:500]!r}"


def _chunks(chance, body, odd):
    cut = chance.randrange(len(body) + 1)
    lines = []
    kinds = {"{:x}": None, "{:X}": None, "{:04x}": None, "{:x};a=b": None, "{:x} ": "a blank behind a chunk size", "0x{:x}": "a chunk size with 0x", "+{:x}": "a chunk size with a sign",
             "{:x};\"q": None}
    for piece in filter(None, (body[:cut], body[cut:])):
        form = chance.choice(list(kinds)) if chance.random() < 0.4 else "{:x}"
        odd.update(filter(None, [kinds[form]]))
        lines.append(form.format(len(piece)).encode() + b"\r\n" + piece + b"\r\n")
    end = chance.choice([b"0\r\n\r\n"] * 4 + [b"0\r\nX-Trailer: v\r\n\r\n", b"000\r\n\r\n", b"0\r\n", b""])
    if end in (b"0\r\n", b""):
        odd.add("an unfinished end of chunks" if end else "no end of chunks")
    return b"".join(lines) + end


def _framed(chance, body, odd):
    """Fields and bytes."""
    kind = chance.choice(["length"] * 5 + ["chunked"] * 4 + ["end", "short", "long", "twice", "differ", "list", "both", "odd", "unknown"])
    length = len(body)
    if kind == "length":
        return [chance.choice(["Content-Length: {}", "content-length:{}", "CONTENT-LENGTH:  {} "]).format(length)], body
    if kind == "chunked":
        return [chance.choice(["Transfer-Encoding: chunked", "transfer-encoding: Chunked"])], _chunks(chance, body, odd)
    if kind == "end":
        return [], body
    odd.add({"short": "a length that is too short", "long": "a length that is too long", "twice": "the same length twice", "differ": "two lengths", "list": "a list of lengths",
             "both": "chunks and a length", "odd": "a length that is not a number", "unknown": "an unknown transfer coding"}[kind])
    if kind == "short":
        return [f"Content-Length: {max(length - 4, 0)}"], body
    if kind == "long":
        return [f"Content-Length: {length + 4}"], body
    if kind in ("twice", "differ"):
        return [f"Content-Length: {length}", f"Content-Length: {length + (kind == 'differ')}"], body
    if kind == "list":
        return [f"Content-Length: {length}, {length}"], body
    if kind == "both":
        return ["Transfer-Encoding: chunked", f"Content-Length: {length}"], _chunks(chance, body, odd)
    if kind == "unknown":
        return ["Transfer-Encoding: br, chunked"], _chunks(chance, body, odd)
    return ["Content-Length: " + chance.choice(["-5", "0x10", "abc", "", "5 5", "99999999999999999999"])], body


def _pick(chance, table, odd, often):
    """The first of the table, or one of the others."""
    text = chance.choice(list(table)) if chance.random() > often else next(iter(table))
    odd.update(filter(None, [table[text]]))
    return text


def reply(chance):
    odd = set()
    body = json.dumps({"Response": chance.choice(ANSWERS)}, ensure_ascii=chance.random() < 0.5).encode()
    framing, sent = _framed(chance, body, odd)
    before = _pick(chance, BEFORE, odd, 0.85)
    lines = [_pick(chance, STATUS_LINES, odd, 0.6)]
    fields = [_pick(chance, FIELDS, odd, 0.3) for _ in range(chance.randrange(4))] + framing
    chance.shuffle(fields)
    if "Content-Type: application/json" not in fields:
        odd.add("no content type")
    if fields.count("Content-Type: application/json") > 1:
        odd.add("content type twice")
    if "1.0" in lines[0] and any("chunked" in field.lower() for field in framing):
        odd.add("chunks in HTTP/1.0")
    end = "\r\n"
    if chance.random() < 0.08:
        end = "\n"
        odd.add("bare line feeds")
    head = before + end.join([*lines, *fields, "", ""])
    head = head.encode("latin-1")
    if chance.random() < 0.2:
        head, what = _mutated(chance, head)
        odd.add(what)
    return Case(head + sent, odd)


def _mutated(chance, head):
    at = chance.randrange(len(head))
    kind = chance.choice(["changed", "left out", "doubled"])
    new = {"changed": bytes([chance.randrange(256)]), "left out": b"", "doubled": head[at:at + 1] * 2}[kind]
    return head[:at] + new + head[at + 1:], f"a byte of the head {kind}"


CONNECT_LINES = {
    "HTTP/1.1 200 Connection established": None, "HTTP/1.0 200 OK": None, "HTTP/1.1 200": "no reason", "HTTP/1.1 204 No": None, "HTTP/1.1 299 X": None, "HTTP/1.1 407 Login": None,
    "HTTP/1.1 403 No": None, "HTTP/1.1 503 Busy": None, "HTTP/1.1 302 Go": None, "HTTP/1.1 101 Switch": "a 101", "HTTP/1.1 099 X": "a status below 100", "SSH-2.0-x": "not HTTP",
    "http/1.1 200 OK": "http in lower case", "HTTP/1.1  200 OK": "two blanks", "HTTP/2 200 OK": "HTTP/2", "HTTP/1.1 2000 OK": "a status of four digits", "HTTP/1.1\t200 OK": "a tab",
}


def connect_reply(chance):
    odd = set()
    before = _pick(chance, {"": None, "HTTP/1.1 100 Continue\r\n\r\n": "a 100 first", "\r\n": "an empty line first"}, odd, 0.85)
    line = _pick(chance, CONNECT_LINES, odd, 0.4)
    fields = [_pick(chance, FIELDS, odd, 0.3) for _ in range(chance.randrange(3))]
    for field, name in [("Content-Length: 5", "a length"), ("Transfer-Encoding: chunked", "chunks"), ("Proxy-Authenticate: Basic realm=x", None)]:
        if chance.random() < 0.12:
            fields.append(field)
            odd.update(filter(None, [name]))
    end = "\r\n"
    if chance.random() < 0.1:
        end = "\n"
        odd.add("bare line feeds")
    return Case((before + end.join([line, *fields, "", ""])).encode("latin-1"), odd)


def cases(make, count, seed):
    chance = random.Random(seed)
    return [make(chance) for _ in range(count)]
