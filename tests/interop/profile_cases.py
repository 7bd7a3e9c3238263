"""Profiles by chance, the same at every run: INI files and JSON of the command line, right, odd and wrong ones.

A case is its text and the odd things in it, by name. A name is what a disagreement between readers is excused by.
"""
import configparser
import io
import json
import random

SEED = 12
KEYS = ["Fk3+/abcDEF0123=", "a;b", "a#b", "=lead", '"quoted"', "'one'", "100%", "%(secret_id)s", "a\\nb", "x:y", "[a]", "k" * 64]
TOKENS = ["tokenPlain01", "token=with=signs", "token;#x"]
ARN = "qcs::cam::uin/100000000001:roleName/reader"


class Case:
    def __init__(self, text, odd, **more):
        self.text, self.odd, self.more = text, frozenset(odd), more

    def __repr__(self):
        return f"{sorted(self.odd)}: {self.text!r}"


# --- INI ---------------------------------------------------------------------------------------------------------------
# What is between the lines that count, and its name; None: nothing odd for any reader.
LINES = {
    "# a comment": None, "; secret_key = no": None, "": None, "   ": None, "other = x": None, "other: y = z": None, "secret_idx = x": None,
    "no sign at all": "a line without a sign", "= x": "a pair without a name", ": x": "a pair without a name",
    "[unclosed": "a header without an end", "[unclosed = x": "a header without an end", "[]": "an empty header", "[] = x": "an empty header",
    "\x0c": None, "[a]b] = x": "a header with ] in it", "\ufeffother = x": None, "key\x00 = x": "a NUL",
}
HEADERS = {"[default]": None, "[default] ; main account": None, "[default]x": None, "[ default ]": "blanks in a header", "[default ]": "blanks in a header",
           "[Default]": "another section", "[DEFAULT]": "the section of defaults", "[other]": "another section", "[default]]": "another section",
           "[[default]]": "another section"}
NAMES = {"secret_id": ["secret_id", "SECRET_ID", "Secret_Id"], "secret_key": ["secret_key", "Secret_key"], "token": ["token", "TOKEN"],
         "role_arn": ["role_arn"]}
SIGNS = ["=", " = ", ":", " : ", "= ", " =", "\t=\t", " =:"]


def ini(chance):
    odd, lines = set(), []

    def header(text):
        if HEADERS[text]:
            odd.add(HEADERS[text])
        lines.append(text)

    def pair(name, value, indent=""):
        sign = chance.choice(SIGNS)
        if indent:
            odd.add("an indented pair")
        lines.append(f"{indent}{chance.choice(NAMES[name])}{sign}{value}{chance.choice(['', '', ' ', chr(9)])}")
        if sign.strip() == "=:" or (sign.strip() == ":" and value.startswith("=")):
            odd.add("two signs")

    def something():
        if chance.random() < 0.3:
            text = chance.choice([line for line, name in LINES.items() if name is None or chance.random() < 0.25])
            if LINES[text]:
                odd.add(LINES[text])
            lines.append(text)
        if lines and chance.random() < 0.05:
            odd.add("a continued line")
            lines.append(chance.choice(["  goes on", "\tsecret_id = AKIDcontinued", "  [default]"]))

    number = chance.randrange(10**6)
    if chance.random() < 0.1:
        something()
    if chance.random() < 0.3:
        header(chance.choice(["[other]", "[DEFAULT]"]))
        pair("secret_id", f"AKIDfirst{number}")
        something()
        if chance.random() < 0.1:
            pair("secret_id", "AKIDagain")
    header("[default]" if chance.random() < 0.75 else chance.choice([*HEADERS]))
    for name, value in chance.sample([("secret_id", f"AKID{number}"), ("secret_key", chance.choice(KEYS))], 2):
        something()
        if chance.random() < 0.03:
            odd.add("a name missing")
            continue
        if chance.random() < 0.03:
            odd.add("an empty value")
            value = ""
        pair(name, value, chance.choice(["", "", "", " "]) if not lines[-1].strip().startswith("[") else "")
        something()
    if chance.random() < 0.25:
        pair("token", chance.choice(TOKENS))
        odd.add("a token")
    if chance.random() < 0.1:
        pair("role_arn", ARN)
        odd.add("a role")
    if chance.random() < 0.05:
        pair("secret_id", f"AKIDtwice{number}")
        odd.add("a name twice")
    if chance.random() < 0.1:
        header(chance.choice(["[default]", "[other]"]))
        if lines.count("[default]") > 1:
            odd.add("a section twice")
        pair("secret_key", "not-this-one")
    text = chance.choice(["\n", "\n", "\n", "\r\n", "\r"]).join(lines) + chance.choice(["", "\n"])
    if chance.random() < 0.04:
        odd.add("a byte-order mark")
        text = "\ufeff" + text
    return Case(text, odd | unused_twice(text))


def unused_twice(text):
    """What configparser says of a name or section that is written twice, where it is none that counts."""
    reading = configparser.ConfigParser(interpolation=None)
    try:
        reading.read_file(io.StringIO(text, newline=None))
    except configparser.DuplicateOptionError as error:
        if error.section != "default" or error.option not in NAMES:
            return {"twice what does not count"}
    except configparser.DuplicateSectionError as error:
        if error.section != "default":
            return {"twice what does not count"}
    except configparser.Error:
        pass
    return set()


# --- JSON --------------------------------------------------------------------------------------------------------------
def members(chance, odd):
    number = chance.randrange(10**6)
    secret = {"secretId": f"AKID{number}", "secretKey": chance.choice(KEYS)}
    if chance.random() < 0.3:
        secret["token"] = chance.choice(TOKENS)
    for name, odd_name, values in [
        ("type", None, ["default"]), ("type", "another type", ["weird", ""]), ("type", "a type that is not a text", [5, True]),
        ("type", "the CVM role", ["cvm-role"]), ("unknown", None, [1, [], {"secretId": "x"}, None, "x"]),
        ("role-session-name", None, ["a-session"]),
    ]:
        if chance.random() < 0.08:
            secret[name] = chance.choice(values)
            odd.discard({"another type": "the CVM role", "the CVM role": "another type"}.get(odd_name))
            if name == "type":
                odd -= {"another type", "a type that is not a text", "the CVM role"}
            if odd_name:
                odd.add(odd_name)
    if chance.random() < 0.12:
        secret["role-arn"] = ARN
        odd.add("a role" if "role-session-name" in secret else "a role without a session")
    if chance.random() < 0.12:
        name = chance.choice(["secretId", "secretKey"])
        what, value = chance.choice([("a name missing", None), ("an empty value", ""), ("no text", 5), ("no text", None), ("no text", ["a"]),
                                     ("None as a text", "None"), ("a blank in a value", "a b"), ("a line end after a value", "abc\n"),
                                     ("other than ASCII", "sécret")])
        odd.add(what)
        if what == "a name missing":
            del secret[name]
        else:
            secret[name] = value
    if chance.random() < 0.06:
        secret["token"] = chance.choice([None, ""])
    if chance.random() < 0.08:
        secret["expiresAt"] = chance.choice([4102444800, 4102444800.5])
    if chance.random() < 0.04:
        secret["expiresAt"] = 1500000000
        odd.add("an end in the past")
    if chance.random() < 0.04:
        secret["expiresAt"] = "tomorrow"
        odd.add("an end that is not a number")
    if chance.random() < 0.04:
        secret["expiresAt"] = 4102444800000
        odd.add("an end in milliseconds")
    return secret


def credential(chance):
    odd = set()
    secret = members(chance, odd)
    pairs = [*secret.items()]
    chance.shuffle(pairs)
    if chance.random() < 0.04:
        name, value = pairs[0]
        pairs.append((name, value))
        odd.add("a member twice")
    escape = chance.random() < 0.5
    body = ", ".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=escape)}" for name, value in pairs)
    text = chance.choice(["{%s}", "{%s}", "\n{\n%s\n}\n", " {%s} "]) % body
    if chance.random() < 0.1:
        for slash in ("/",):
            text = text.replace(slash, chance.choice(["\\/", "\\u002f"]))
    wrong = chance.random()
    for limit, name, change in [
        (0.02, "cut", lambda it: it[: len(it) // 2]), (0.04, "a comma too many", lambda it: it.rstrip().rstrip("}") + ",}"),
        (0.06, "a comment", lambda it: "// x\n" + it), (0.08, "no object", lambda it: f"[{it}]"), (0.10, "a byte-order mark", lambda it: "\ufeff" + it),
        (0.12, "something behind it", lambda it: it + " x"), (0.14, "a number that JSON does not have", lambda it: it.rstrip()[:-1] + ', "unknown2": NaN}'),
        (0.16, "a control character", lambda it: it.rstrip()[:-1] + ', "unknown2": "a\tb"}'),
        (0.18, "half a surrogate pair", lambda it: it.rstrip()[:-1] + ', "unknown2": "\\ud800"}'),
        (0.20, "single quotes", lambda it: it.replace('"', "'")),
    ]:
        if wrong < limit:
            odd.add(name)
            text = change(text)
            break
    settings = {"region": "ap-case", "output": "json", "language": chance.choice(["zh-CN", "en-US"])}
    return Case(text, odd, settings=settings)


def cases(make, number):
    chance = random.Random(f"{SEED} {make.__name__}")
    return [make(chance) for _ in range(number)]
