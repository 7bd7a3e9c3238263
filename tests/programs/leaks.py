"""Finds pieces of a secret in a text, however they are written: decodes the text by every way in which gateways, logs and
languages write a sign, and looks for letters and digits in a row. It shares no code with the library's redactor.
"""
import base64
import html
import quopri
import re
import urllib.parse

# Pieces of so many letters and digits are a leak.
PIECE = 12


def _code(match):
    try:
        return chr(int(next(group for group in match.groups() if group), 16))
    except (ValueError, OverflowError):
        return match[0]


def _json(text):
    text = re.sub(r"\\u\{([0-9a-fA-F]{1,6})\}|\\[uU]([0-9a-fA-F]{4})|\\[xX]([0-9a-fA-F]{2})|%[uU]([0-9a-fA-F]{4})", _code, text)
    return re.sub(r"\\([0-3][0-7]{2})", lambda match: chr(int(match[1], 8)), text)


def _backslashes(text):
    return re.sub(r"\\([/\\\"'])", r"\1", text)


def _mail(text):
    return quopri.decodestring(text.encode("latin-1", "replace")).decode("latin-1")


def _narrow(text):
    return "".join(chr(ord(sign) - 0xfee0) if "\uff01" <= sign <= "\uff5e" else sign for sign in text)


def _tags(text):
    return re.sub(r"<[/!a-zA-Z][^>]*>", "", text)


def readings(text):
    """The text, and what it comes to when it is decoded, up to four times."""
    found, newest = {text}, {text}
    for _ in range(4):
        newest = {decode(one) for one in newest for decode in (_json, _backslashes, html.unescape, urllib.parse.unquote, _mail, _narrow, _tags)} - found
        if not newest:
            break
        found |= newest
    return found


def _binary(text):
    """What runs of Base64 and of hex hold."""
    packed = re.sub(r"[^A-Za-z0-9+/_-]", "", text)
    for run in re.findall(r"[A-Za-z0-9+/_-]{16,}", packed):
        run = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            part = run[start:]
            yield base64.b64decode(part[:len(part) // 4 * 4]).decode("latin-1")
    for run in re.findall(r"[0-9a-fA-F]{24,}", re.sub(r"[^A-Za-z0-9]", "", text)):
        for start in range(2):
            part = run[start:]
            yield bytes.fromhex(part[:len(part) // 2 * 2]).decode("latin-1")


def _letters(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def pieces(secret):
    letters = _letters(secret)
    return {letters[at:at + PIECE] for at in range(len(letters) - PIECE + 1)}


def leaks(text, wanted):
    """A piece of those wanted that the text holds, or None."""
    every = readings(text)
    for reading in [*every, *(binary for one in every for binary in _binary(one))]:
        letters = _letters(reading)
        for at in range(len(letters) - PIECE + 1):
            if letters[at:at + PIECE] in wanted:
                return letters[at:at + PIECE]
    return None
