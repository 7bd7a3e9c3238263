"""What the vendor's own code makes of a file, called in this process: its SDK of INI files, its command line of JSON."""
import configparser
import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout

# An outcome: ("keys", id, key, token), ("role", arn, id, key), ("cvm role",), or None where nothing signs.
NOTHING = None


class _Asked(dict):
    """The options of a command, of which none but the profile is given."""

    def __missing__(self, name):
        return None


def sdk(home, text):
    """INI, by the SDK's ProfileCredential. It knows no token."""
    from tencentcloud.common.credential import ProfileCredential

    write(home, ".tencentcloud/credentials", text)
    provider = ProfileCredential()
    try:
        found = at(home, provider.get_credential)
    # Without a section [default], and what configparser and the codec raise.
    except (AttributeError, configparser.Error, UnicodeError):
        return NOTHING
    return found and ("keys", found.secret_id, found.secret_key, None)


def parser(text):
    """INI, by Python's configparser, with the defaults that its sections have."""
    reading = configparser.ConfigParser(interpolation=None)
    try:
        reading.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return NOTHING
    if not reading.has_section("default"):
        return NOTHING
    section = reading["default"]
    found = [section.get(name) or None for name in ("secret_id", "secret_key", "token", "role_arn")]
    if not (found[0] and found[1]):
        return NOTHING
    return ("role", found[3], *found[:2]) if found[3] else ("keys", *found[:3])


def command_line(home, text, settings):
    """JSON, by the command line, with who would sign, as its action_caller decides; and the region."""
    from tccli.services.sts import sts_client

    write(home, ".tccli/case.credential", text)
    service = {"endpoint": "sts.tencentcloudapi.com", "version": "2018-08-13"}
    write(home, ".tccli/case.configure", json.dumps({"_sys_param": settings, "sts": service}))
    asked = _Asked(profile="case", **dict.fromkeys(["secretId", "secretKey", "token", "region", "language", "role_arn", "role_session_name"]))
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            given = at(home, lambda: sts_client.parse_global_arg(asked))
    except Exception:  # it raises of every kind
        return NOTHING, None
    if given["use_cvm_role"]:
        return ("cvm role",), given["region"]
    pair = given["secretId"], given["secretKey"]
    if not all(isinstance(each, str) and each for each in pair):
        return NOTHING, None
    if given["role_arn"] and given["role_session_name"]:
        return ("role", given["role_arn"], *pair), given["region"]
    return ("keys", *pair, given["token"] or None), given["region"]


def at(home, function):
    before = os.environ.get("HOME")
    os.environ["HOME"] = home
    try:
        return function()
    finally:
        if before is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = before


def write(home, name, text):
    path = os.path.join(home, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
    return path
