"""The exceptions, and how an error of the library becomes one."""

from __future__ import annotations

from ._ffi import CODES, counted_text, lib, text
from ._functions import call, kept_by
from ._handle import Owned, owned
from ._results import AsyncRequestInfo, read_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional


class TcdbError(Exception):
    """A failure: one line, and what a program needs to decide what to do. Can be pickled.

    Its message never shows a secret.
    """

    code: str
    """The kind of failure by its name in the C API, like `"TCDB_ERR_CONNECT"`."""
    server_code: Optional[str]
    """The API's own error code, like `"AuthFailure.SignatureFailure"`; None if the API did not say one."""
    server_message: Optional[str]
    """The API's own message; None if the API did not say one."""
    request_id: Optional[str]
    """The API's id of the HTTP request that failed, for the vendor's support; None if there is none."""
    http_status: Optional[int]
    """The HTTP status of the reply that failed; None if there was no reply."""
    attempts: int
    """How many requests were sent."""
    retryable: bool
    """Whether the same call may well succeed later."""
    last: Optional[AsyncRequestInfo]
    """The last answer of a wait that ended without a good one; None if there was none."""

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        server_code: Optional[str] = None,
        server_message: Optional[str] = None,
        request_id: Optional[str] = None,
        http_status: Optional[int] = None,
        attempts: int = 0,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.server_code = server_code
        self.server_message = server_message
        self.request_id = request_id
        self.http_status = http_status
        self.attempts = attempts
        self.retryable = retryable
        self.last = None

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON has them, the message among them; `last` as `AsyncRequestInfo.to_dict` gives it."""
        return {
            "code": self.code,
            "message": str(self),
            "server_code": self.server_code,
            "server_message": self.server_message,
            "request_id": self.request_id,
            "http_status": self.http_status,
            "attempts": self.attempts,
            "retryable": self.retryable,
            "last": self.last and self.last.to_dict(),
        }

    def to_json(self) -> str:
        """`to_dict()` as one line of JSON, in ASCII."""
        import json

        return json.dumps(self.to_dict())


class ConfigError(TcdbError, ValueError):
    """A parameter or an option cannot be used; the message names it."""


class CredentialsError(ConfigError):
    """No credentials were found, or their provider failed; the message lists every place and why."""


class TransportError(TcdbError):
    """The API was not reached: name lookup, connection, TLS, proxy."""


class RequestTimeout(TransportError):
    """The total timeout passed while a request was in flight."""


class ResourceError(TcdbError):
    """A system resource is exhausted: file descriptors, threads or memory."""


class ResponseError(TcdbError):
    """The reply is not the API's JSON: HTML, a redirect, or too large. The message quotes it."""


class ApiError(TcdbError):
    """The API answered with an error: see `server_code`."""


class AuthError(ApiError):
    """The API does not accept the credentials or the signature, or the account may not do this."""


class ThrottledError(ApiError):
    """Too many requests: the API's limit, or the deadline passed in this client's own queue."""


class UnknownRequestIdError(ApiError):
    """The API does not know the async request id."""


class TaskFailedError(TcdbError):
    """The task failed, or was killed or removed. That does not prove that nothing changed."""

    info: AsyncRequestInfo
    """The API's last answer; `last` is the same."""
    last: Optional[AsyncRequestInfo]

    def __init__(self, message: str, info: AsyncRequestInfo) -> None:
        super().__init__(message, request_id=info.request_id)
        self.info = info
        self.last = info

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.args[0], self.info), self.__dict__


class WaitTimeout(TcdbError):
    """The wait reached its timeout before the task ended; `last` is the last answer."""


class WaitCancelled(TcdbError):
    """`Waiter.cancel` was called."""

    @classmethod
    def of(cls, failure: TcdbError) -> WaitCancelled:
        """The same failure under this name."""
        made = cls(*failure.args)
        made.__dict__.update(failure.__dict__)
        return made


class ClosedError(TcdbError):
    """The client is closed, or was closed during the call."""


class BusyError(TcdbError):
    """Another thread is stepping this waiter."""


class InternalError(TcdbError):
    """A defect of the library. The client stays usable."""


_KINDS: dict[str, type[TcdbError]] = {
    "TCDB_ERR_INVALID_ARGUMENT": ConfigError,
    "TCDB_ERR_INTERNAL": InternalError,
    "TCDB_ERR_CANCELLED": ClosedError,
    "TCDB_ERR_WAIT_TIMEOUT": WaitTimeout,
    "TCDB_ERR_CREDENTIALS": CredentialsError,
    "TCDB_ERR_SYSTEM": ResourceError,
    "TCDB_ERR_BUSY": BusyError,
    "TCDB_ERR_RESOLVE": TransportError,
    "TCDB_ERR_CONNECT": TransportError,
    "TCDB_ERR_TLS": TransportError,
    "TCDB_ERR_REQUEST_TIMEOUT": RequestTimeout,
    "TCDB_ERR_TRANSPORT": TransportError,
    "TCDB_ERR_PROXY": TransportError,
    "TCDB_ERR_BAD_RESPONSE": ResponseError,
    "TCDB_ERR_AUTH": AuthError,
    "TCDB_ERR_DENIED": AuthError,
    "TCDB_ERR_RATE_LIMITED": ThrottledError,
    "TCDB_ERR_UNKNOWN_REQUEST_ID": UnknownRequestIdError,
    "TCDB_ERR_REJECTED": ApiError,
    "TCDB_ERR_UNAVAILABLE": ApiError,
}
_NAMES = {number: name for name, number in CODES.items()}


def kind_of(code: int) -> type[TcdbError]:
    """The exception for a code; the base for one that a newer library has."""
    return _KINDS.get(_NAMES.get(code, ""), TcdbError)


def invalid(message: str) -> ConfigError:
    """For what has to be refused before C could see it."""
    return ConfigError(message, code="TCDB_ERR_INVALID_ARGUMENT")


def closed() -> ClosedError:
    return ClosedError("the client is closed", code="TCDB_ERR_CANCELLED")


# What the C API calls a parameter, where Python's name for it is another. `connect_timeout_ms` and the like lose their
# unit, since Python's are in seconds.
_PYTHON_NAMES = {
    "first": "interval",
    "longest": "interval",
    "interval_ms": "interval",
    "unix_seconds_or_0": "timestamp",
    "body_len": "body",
}


def _in_python_names(message: str) -> str:
    """The message with the parameter that it begins with named as in Python."""
    name, space, rest = message.partition(" ")
    if name in _PYTHON_NAMES:
        name = _PYTHON_NAMES[name]
    elif name.endswith("_or_null"):
        name = name[: -len("_or_null")]
    elif name.endswith("_timeout_ms"):
        name = name[: -len("_ms")]
    return f"{name}{space}{rest}"


def read_error(code: int, error: Owned, async_request_id: str = "") -> TcdbError:
    """The exception that an error object describes."""
    message = text(lib.tcdb_error_message(error)) or ""
    if code == CODES["TCDB_ERR_INVALID_ARGUMENT"]:
        message = _in_python_names(message)
    failure = kind_of(code)(
        message,
        code=text(lib.tcdb_code_name(code)) or str(code),
        server_code=text(lib.tcdb_error_server_code(error)),
        server_message=counted_text(lib.tcdb_error_server_message(error), lib.tcdb_error_server_message_len(error)),
        request_id=text(lib.tcdb_error_request_id(error)),
        http_status=lib.tcdb_error_http_status(error) or None,
        attempts=lib.tcdb_error_attempts(error),
        retryable=bool(lib.tcdb_error_is_retryable(error)),
    )
    failure.last = last_result(error, async_request_id)
    return failure


def last_result(error: Owned, async_request_id: str) -> Optional[AsyncRequestInfo]:
    """The last answer of the wait that the error ended."""
    return read_result(owned("tcdb_result_free", lib.tcdb_error_last_result, error), async_request_id)


def make(free: str, function: Callable[..., int], *arguments: Any) -> Owned:
    """Calls a function whose last parameters are `out` and `error`, and returns what it makes. That keeps what its
    parts keep."""
    made, error = Owned(free), Owned("tcdb_error_free")
    made.keeps = kept_by(arguments)
    code = call(made.keeps, function, *arguments, made.place(), error.place())
    if code:
        raise read_error(code, error)
    return made
