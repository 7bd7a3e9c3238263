"""A server that answers each request with what it holds: its token, its signature, a proxy's login, and secrets that it was given,
at a place and in a spelling drawn by chance. It serves as API, STS, metadata service and HTTP proxy alike.
"""
import base64
import json
import random
import re
import socket
import threading

STATUSES = [200, 200, 200, 201, 301, 302, 400, 401, 403, 404, 407, 408, 425, 429, 500, 501, 502, 503, 504]
FILLERS = ["", " ", "x=", "\"", "'", "token: ", "<pre>", "Signature=", "&amp;", "\\", "%", "\x01", "é", "你好", "\u2028"]


def _each(write, keeps=str.isalnum):
    return lambda text: "".join(sign if keeps(sign) else write(sign) for sign in text)


def _bytes(form):
    """Each byte of what is neither letter nor digit by a form."""
    return _each(lambda sign: "".join(form.format(byte) for byte in sign.encode()), lambda sign: sign.isascii() and sign.isalnum())


def _pieces(size, between):
    return lambda text: between.join(text[at:at + size] for at in range(0, len(text), size))


def _same(text):
    return text


# One of each after the other: what encodes all of a secret, what comes between its signs, and up to two layers of escapes.
ENCODINGS = [
    _same, _same, _same, str.upper, str.lower, lambda text: text.encode().hex(), lambda text: text.encode().hex().upper(),
    lambda text: base64.b64encode(text.encode()).decode(), lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    lambda text: base64.b64encode(b"x:" + text.encode()).decode(), lambda text: base64.b64encode(b"us:" + text.encode() + b"!").decode(),
]
BETWEEN = [
    _same, _same, _same, _pieces(4, " "), _pieces(10, "\r\n "), _pieces(16, "\n\t"), _pieces(9, "<wbr>"), _pieces(7, "\u200b"), _pieces(11, "</b><b>"),
    _pieces(2, ":"), _pieces(1, "\u00ad"),
]
ESCAPES = [
    _same, _bytes("%{:02X}"), _bytes("%{:02x}"), _bytes("={:02X}"), _bytes("\\x{:02x}"), _bytes("\\{:03o}"),
    _each(lambda sign: f"\\u{ord(sign):04x}"), _each(lambda sign: f"\\u{ord(sign):04X}", lambda sign: False), _each(lambda sign: f"%u{ord(sign):04X}"),
    _each(lambda sign: f"&#{ord(sign)};"), _each(lambda sign: f"&#x{ord(sign):x};"), _each(lambda sign: "\\" + sign, lambda sign: sign not in "/\"\\"),
]


def spell(chance, secret):
    text = chance.choice(BETWEEN)(chance.choice(ENCODINGS)(secret))
    return chance.choice(ESCAPES)(chance.choice(ESCAPES)(text))


def secrets_of(head, body):
    """What a request holds that may not show."""
    found = re.findall(rb"(?i)^x-tc-token: *(.+?)\r?$", head, re.M) + re.findall(rb"Signature=([0-9a-f]{64})", head)
    for login in re.findall(rb"(?i)^proxy-authorization: *basic +(.+?)\r?$", head, re.M):
        found.append(base64.b64decode(login).partition(b":")[2])
    return [one.decode("latin-1") for one in found]


def reply(chance, secrets):
    """A reply with every secret in it, as bytes."""
    def echoed():
        return "".join(chance.choice(FILLERS) + spell(chance, secret) for secret in chance.sample(secrets, len(secrets)))

    def field(text):  # a header's value: folded, not broken
        return re.sub(r"[\r\n]+", "\r\n ", text).encode("utf-8", "replace")

    raw = json.dumps(echoed(), ensure_ascii=chance.random() < 0.5) if chance.random() < 0.7 else f'"{echoed()}"'
    good = {"Status": '"RUNNING"', "Info": '"i"', "RequestId": '"r"'}
    error = {"Code": '"InternalError"', "Message": '"m"'}
    place = chance.choice(["page", "text", "Status", "Info", "RequestId", "Code", "Message", "member", "reason", "header", "trailer", "role"])
    if place in good:
        good[place] = raw
    if place in error:
        error[place] = raw
    members = dict(good, Error="{" + ",".join(f'"{name}":{value}' for name, value in error.items()) + "}") if place in error else good
    if place == "member":
        members[json.loads(json.dumps(echoed()))[:900].replace('"', "").replace("\\", "")] = "1"
    body = '{"Response":{' + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}}"
    if place == "role":
        body = '{"TmpSecretId":' + raw + ',"TmpSecretKey":' + raw + ',"Code":' + chance.choice([raw, '"Success"', "1"]) + "}"
    body = {"page": "<html><pre>" + echoed() + "</pre></html>", "text": echoed()}.get(place, body)
    body = body.encode("utf-8", "replace")[:chance.choice([60_000, 60_000, 200])]
    reason = field(echoed()).replace(b"\r\n", b"") if place == "reason" else b"Why"
    name = chance.choice([b"Location", b"WWW-Authenticate", b"Proxy-Authenticate", b"Retry-After", b"Date", b"Content-Type", b"X-Any"])
    head = b"HTTP/1.1 %d %s\r\n" % (chance.choice(STATUSES), reason)
    if place == "header" or chance.random() < 0.2:
        head += name + b": " + field(echoed()) + b"\r\n"
    if place == "trailer":
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x;%s\r\n%s\r\n0\r\n%s: %s\r\n\r\n" % (len(body), b"e=1", body, name, field(echoed()))
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Echoing:
    """Serves until it is closed. `script` replaces the generated reply: a function of (head, body) that returns bytes."""

    def __init__(self, seed, secrets):
        self.chance, self.given, self.script, self.seen = random.Random(seed), list(secrets), None, set()
        # What the client of each request sent after its reply, in the order in which they were over.
        self.replies, self.after = 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.settimeout(20)
                    self._answer(connection)
                except OSError:  # the client has gone
                    pass

    def _answer(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        head, _, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: *(\d+)", head, re.M)
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
        secrets = secrets_of(head, body)
        self.seen.update(secrets)
        sent = self.script(head, body) if self.script else reply(self.chance, [*self.given, *secrets])
        self.replies += 1
        after = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):  # so that no reset overtakes what was sent
                after += more
        finally:
            self.after.append(after)
