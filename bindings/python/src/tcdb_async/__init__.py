"""Asks TencentDB for MySQL for the status of an asynchronous task, and waits for its end.

    import tcdb_async

    with tcdb_async.Client.from_env() as client:
        info = client.wait("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", timeout=600)
        print(info.status, info.info)

Every failure is a `TcdbError`. See `Client` for the rest, and `python -m tcdb_async --help` for the command line.
"""

import sys as _sys

# Before anything that an older Python cannot even read.
if _sys.version_info < (3, 9):  # noqa: UP036
    raise ImportError("tcdb_async needs Python 3.9 or later; this is Python " + _sys.version.split()[0])
# It keeps signals and exceptions in order by what CPython's ctypes alone has.
if _sys.implementation.name != "cpython":
    raise ImportError("tcdb_async needs CPython; this is " + _sys.implementation.name)

from ._async_client import AsyncClient
from ._client import Client
from ._credentials import Credentials
from ._errors import (
    ApiError,
    AuthError,
    BusyError,
    ClosedError,
    ConfigError,
    CredentialsError,
    InternalError,
    RequestTimeout,
    ResourceError,
    ResponseError,
    TaskFailedError,
    TcdbError,
    ThrottledError,
    TransportError,
    UnknownRequestIdError,
    WaitCancelled,
    WaitTimeout,
)
from ._fetching import CredentialsRequest, FetchedCredentials
from ._options import ENDPOINT_INTL, ENDPOINT_MAINLAND
from ._public import rename_home
from ._request import SignedRequest, parse_response
from ._results import AsyncRequestInfo, Status
from ._version import __version__, library_path, library_version, live_objects
from ._waiter import Waiter

__all__ = [
    "ENDPOINT_INTL",
    "ENDPOINT_MAINLAND",
    "ApiError",
    "AsyncClient",
    "AsyncRequestInfo",
    "AuthError",
    "BusyError",
    "Client",
    "ClosedError",
    "ConfigError",
    "Credentials",
    "CredentialsError",
    "CredentialsRequest",
    "FetchedCredentials",
    "InternalError",
    "RequestTimeout",
    "ResourceError",
    "ResponseError",
    "SignedRequest",
    "Status",
    "TaskFailedError",
    "TcdbError",
    "ThrottledError",
    "TransportError",
    "UnknownRequestIdError",
    "WaitCancelled",
    "WaitTimeout",
    "Waiter",
    "__version__",
    "library_path",
    "library_version",
    "live_objects",
    "parse_response",
]

rename_home(globals(), __all__)
del rename_home, _sys
