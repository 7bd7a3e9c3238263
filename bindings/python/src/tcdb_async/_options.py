"""The options of a client: keyword arguments, and the native options made of them."""

from __future__ import annotations

from ._arguments import milliseconds, optional_path, optional_secret, optional_text, uint32
from ._ffi import lib
from ._handle import Owned, owned
from ._logging import log_to_python
from ._secret import Secret

# The API's hosts: for accounts of the international site, the default, and of the mainland site.
ENDPOINT_INTL = "cdb.intl.tencentcloudapi.com"
ENDPOINT_MAINLAND = "cdb.tencentcloudapi.com"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from typing import Any, Callable, Optional, TypedDict, Union

    from ._arguments import Seconds

    class ClientOptions(TypedDict, total=False):
        """The keyword arguments that every way to make a client takes. None, or left out: the default, or what the
        environment says where the client is configured by it."""

        endpoint: Optional[str]
        """`host`, `host:port` or `https://…`; `http://` only to loopback. Default: `ENDPOINT_INTL`."""
        sts_endpoint: Optional[str]
        """Of STS, for credentials alone. Default: `sts.intl.tencentcloudapi.com`."""
        language: Optional[str]
        """Of the API's messages: `"en-US"`, the default, or `"zh-CN"`. None: none is requested."""
        connect_timeout: Optional[Seconds]
        """Seconds, or a timedelta, for lookup, proxy, TCP and TLS of one attempt together. Default: 5."""
        total_timeout: Optional[Seconds]
        """Seconds, or a timedelta, for a query as a whole: rate limiter, credentials, attempts, pauses. Default: 30."""
        max_attempts: Optional[int]
        """The maximum number of attempts of a query, 1 to 10. Default: 3."""
        max_requests_per_second: Optional[int]
        """Over all threads of the client. Default: 40, the API's limit for an account. 0 disables rate limiting."""
        proxy: Optional[str]
        """`http://[user:password@]host:port` or `socks5://…`. None: none, whatever the environment says."""
        ca_file: Union[str, os.PathLike[str], None]
        """A PEM file of authorities to trust in place of the system's store."""
        clock_correction: bool
        """Whether to sign by the API's clock after it has refused this machine's. Default: True."""
        request_client: Optional[str]
        """What the API sees in `X-TC-RequestClient`. Default: tcdb-async and its version."""


def _seconds(name: str, value: Optional[Seconds]) -> Optional[int]:
    return None if value is None else milliseconds(name, value)


def _number(name: str, value: Optional[int]) -> Optional[int]:
    return None if value is None else uint32(name, value)


def _switch(_name: str, value: object) -> int:
    return int(bool(value))


# Setter, conversion, and whether None has a meaning of its own in C.
_SETTERS: dict[str, tuple[Callable[..., None], Callable[[str, Any], Any], bool]] = {
    "endpoint": (lib.tcdb_options_set_endpoint, optional_text, False),
    "sts_endpoint": (lib.tcdb_options_set_sts_endpoint, optional_text, False),
    "language": (lib.tcdb_options_set_language, optional_text, True),
    "connect_timeout": (lib.tcdb_options_set_connect_timeout_ms, _seconds, False),
    "total_timeout": (lib.tcdb_options_set_total_timeout_ms, _seconds, False),
    "max_attempts": (lib.tcdb_options_set_max_attempts, _number, False),
    "max_requests_per_second": (lib.tcdb_options_set_max_requests_per_second, _number, False),
    "proxy": (lib.tcdb_options_set_proxy, optional_secret, True),
    "ca_file": (lib.tcdb_options_set_ca_file, optional_path, False),
    "clock_correction": (lib.tcdb_options_set_clock_correction, _switch, False),
    "request_client": (lib.tcdb_options_set_request_client, optional_text, False),
}


def checked(options: ClientOptions) -> ClientOptions:
    """A copy in which no variable of a frame shows the password of a proxy."""
    copy: dict[str, Any] = dict(options)
    if "proxy" in copy:
        copy["proxy"] = Secret.of(copy["proxy"])
    return copy  # type: ignore[return-value]


def native_options(options: ClientOptions, *, environment: bool = False) -> Owned:
    """The native options; an option that cannot be used raises before they are made."""
    converted = list(_converted(dict(options)))
    made = owned("tcdb_options_free", lib.tcdb_options_from_env if environment else lib.tcdb_options_new)
    for setter, value in converted:
        setter(made, value)
    log_to_python(made)
    return made


def _converted(options: dict[str, object]) -> Iterator[tuple[Callable[..., None], object]]:
    for name, value in options.items():
        if name not in _SETTERS:
            raise TypeError(f"unknown option {name!r}; there are {', '.join(_SETTERS)}")
        setter, convert, none_counts = _SETTERS[name]
        converted = convert(name, value)
        if converted is not None or none_counts:
            yield setter, converted
