"""Requests that tcdb_request_new signs, held against a signer of few lines that shares no code with the library.

Credentials, times and hosts are those of tests/data/tc3_vectors.json. The signer itself is held
against the signatures there, which the vendor's SDK made; the library's body is compact, so its signatures are others.
"""
import ctypes
import hashlib
import hmac
import json
import time
import unittest
from ctypes import byref, c_char_p, c_int64, c_size_t, c_void_p
from pathlib import Path

from fixture import BUILD

VECTORS = Path(__file__).resolve().parents[1] / "data/tc3_vectors.json"


def sign(secret_id, secret_key, host, timestamp, body):
    """canonical request, string to sign, Authorization"""
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    canonical = "\n".join(["POST", "/", "", "content-type:application/json", f"host:{host.lower()}", "",
                           "content-type;host", hashlib.sha256(body).hexdigest()])
    scope = f"{date}/cdb/tc3_request"
    text = "\n".join(["TC3-HMAC-SHA256", str(timestamp), scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"TC3" + secret_key.encode()
    for part in (date, "cdb", "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return canonical, text, (f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, "
                             f"SignedHeaders=content-type;host, Signature={signature}")


class Library:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        for name in ("url", "body", "canonical", "string_to_sign", "header_name", "header_value"):
            getattr(self.lib, f"tcdb_request_{name}").restype = c_char_p
        self.lib.tcdb_request_header_count.restype = c_size_t
        self.lib.tcdb_request_header_count.argtypes = [c_void_p]
        for name in ("header_name", "header_value"):
            getattr(self.lib, f"tcdb_request_{name}").argtypes = [c_void_p, c_size_t]
        self.lib.tcdb_options_new.restype = c_void_p
        self.lib.tcdb_error_message.restype = c_char_p

    def make(self, function, *arguments):
        out, error = c_void_p(), c_void_p()
        code = getattr(self.lib, function)(*arguments, byref(out), byref(error))
        assert code == 0, (function, self.lib.tcdb_error_message(error))
        return out

    def request(self, given):
        """What the library would send for the input of a vector, as texts."""
        token = given["token"].encode() if given["token"] else None
        options = c_void_p(self.lib.tcdb_options_new())
        scheme = "http" if given["host"].startswith("localhost") else "https"
        self.lib.tcdb_options_set_endpoint(options, f"{scheme}://{given['host']}".encode())
        self.lib.tcdb_options_set_language(options, given["language"].encode())
        credentials = self.make("tcdb_credentials_static", given["secret_id"].encode(), given["secret_key"].encode(), token)
        client = self.make("tcdb_client_new", credentials, given["region"].encode(), options)
        request = self.make("tcdb_request_new", client, given["async_request_id"].encode(), c_int64(given["timestamp"]))
        headers = {self.lib.tcdb_request_header_name(request, i).decode(): self.lib.tcdb_request_header_value(request, i).decode()
                   for i in range(self.lib.tcdb_request_header_count(request))}
        texts = {name: getattr(self.lib, f"tcdb_request_{name}")(request) for name in ("url", "body", "canonical", "string_to_sign")}
        for free, thing in [("request", request), ("client", client), ("credentials", credentials), ("options", options)]:
            getattr(self.lib, f"tcdb_{free}_free")(thing)
        return headers, texts


def can_be_asked(given):
    """Time 0 means now in the C API; ids and regions that it refuses are another test's matter."""
    id_ = given.get("async_request_id")
    return (id_ and len(id_.encode()) <= 256 and id_.isprintable() and given.get("region")
            and not given.get("unsigned_payload") and given["timestamp"] > 0 and given.get("service", "cdb") == "cdb")


def problems(library, vector):
    given = vector["input"]
    _, _, vendors = sign(given["secret_id"], given["secret_key"], vector["headers"]["Host"], given["timestamp"], vector["body"].encode())
    if vendors != vector["authorization"] and given["host"] == given["host"].lower():
        yield "the independent signer differs from the vendor's"
    headers, texts = library.request(given)
    host = given["host"].lower()
    body = ('{"AsyncRequestId":%s}' % json.dumps(given["async_request_id"], ensure_ascii=False)).encode()
    if texts["body"] != body:
        yield f"body {texts['body']}"
    canonical, text, authorization = sign(given["secret_id"], given["secret_key"], host, given["timestamp"], body)
    if texts["canonical"].decode() != canonical:
        yield "canonical request differs"
    if texts["string_to_sign"].decode() != text:
        yield "string to sign differs"
    expected = {"Host": host, "Content-Type": "application/json", "X-TC-Action": "DescribeAsyncRequestInfo",
                "X-TC-Version": "2017-03-20", "X-TC-Region": given["region"], "X-TC-Language": given["language"],
                "X-TC-Timestamp": str(given["timestamp"]), "Authorization": authorization}
    if given["token"]:
        expected["X-TC-Token"] = given["token"]
    headers.pop("X-TC-RequestClient")
    if headers != expected:
        yield "headers differ: " + ", ".join(n for n in headers.keys() | expected if headers.get(n) != expected.get(n))
    if texts["url"].decode() not in (f"https://{host}/", f"http://{host}/"):
        yield f"url {texts['url']}"


class Vectors(unittest.TestCase):
    def test_every_request_is_signed_as_an_independent_signer_signs_it(self):
        library = Library(str(BUILD.library))
        vectors = [v for v in json.loads(VECTORS.read_text())["vectors"] if can_be_asked(v["input"])]
        self.assertGreaterEqual(len(vectors), 5)
        for vector in vectors:
            with self.subTest(vector["name"]):
                self.assertEqual(list(problems(library, vector)), [])
