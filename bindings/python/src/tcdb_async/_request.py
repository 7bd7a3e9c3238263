"""For programs that must send through an HTTP stack of their own: the signed request, and the reading of the reply."""

from __future__ import annotations

from ._arguments import UINT32_MAX, integer, text, uint32
from ._errors import invalid, make, read_error
from ._ffi import counted_bytes, lib
from ._ffi import text as borrowed_text
from ._handle import Owned
from ._results import read_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional

    from ._results import AsyncRequestInfo

LARGEST_HTTP_STATUS = 999


class SignedRequest:
    """One signed request that was not sent: POST `body` to `url` with every header; made by `Client.sign`.

    The API takes it for five minutes around its time. The one object whose attributes hold secrets: the signature in
    `headers["Authorization"]`, and the token of temporary credentials.
    """

    __slots__ = ("body", "canonical_request", "headers", "string_to_sign", "url")

    url: str
    """Where to POST to."""
    headers: dict[str, str]
    """All are needed, Host as it is here. Content-Length is the sender's business."""
    body: bytes
    """To be sent byte for byte."""
    canonical_request: str
    """To compare with what a server says it saw. No secret in it."""
    string_to_sign: str
    """Algorithm, time, credential scope, hash of the canonical request. No secret in it."""

    def __init__(self, url: str, headers: dict[str, str], body: bytes, canonical_request: str, string_to_sign: str):
        self.url = url
        self.headers = headers
        self.body = body
        self.canonical_request = canonical_request
        self.string_to_sign = string_to_sign

    def __repr__(self) -> str:
        return f"<SignedRequest to {self.url}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SignedRequest holds a signature and cannot be pickled")


def sign(client: Owned, async_request_id: str, timestamp: Optional[int]) -> SignedRequest:
    """See `Client.sign`."""
    # Until the year 9999; what is wrong below that the library says.
    seconds = 0 if timestamp is None else integer("timestamp", timestamp)
    if abs(seconds) > UINT32_MAX * 100 or (timestamp is not None and not seconds):
        raise invalid(f"timestamp is out of range: {timestamp}")
    encoded = text("async_request_id", async_request_id)
    request = make("tcdb_request_free", lib.tcdb_request_new, client, encoded, seconds)
    count = lib.tcdb_request_header_count(request)
    names = [borrowed_text(lib.tcdb_request_header_name(request, index)) or "" for index in range(count)]
    values = [borrowed_text(lib.tcdb_request_header_value(request, index)) or "" for index in range(count)]
    return SignedRequest(
        borrowed_text(lib.tcdb_request_url(request)) or "",
        dict(zip(names, values)),
        counted_bytes(lib.tcdb_request_body(request), lib.tcdb_request_body_len(request)),
        borrowed_text(lib.tcdb_request_canonical(request)) or "",
        borrowed_text(lib.tcdb_request_string_to_sign(request)) or "",
    )


def parse_response(http_status: int, body: bytes, async_request_id: str = "") -> AsyncRequestInfo:
    """Reads a reply that another HTTP stack received, as `describe_async_request_info` reads one.

    http_status: of the final reply; do not follow redirects. body: decoded from any Content-Encoding.
    async_request_id: for the result's field of that name, which no reply repeats.

    Raises what the reply says, with `attempts` 0.
    """
    if not isinstance(body, bytes):
        raise TypeError(f"body must be bytes, not {type(body).__name__}")
    if uint32("http_status", http_status) > LARGEST_HTTP_STATUS:
        raise invalid(f"http_status is out of range: {http_status}")
    result, error = Owned("tcdb_result_free"), Owned("tcdb_error_free")
    code = lib.tcdb_response_parse(http_status, body, len(body), result.place(), error.place())
    info = None if code else read_result(result, async_request_id)
    if info is None:
        raise read_error(code, error, async_request_id)
    return info
