"""Credentials that a function of the program's fetches."""

from __future__ import annotations

import sys
from functools import partial
from math import floor

from ._arguments import integer, seconds, secret, text
from ._errors import TcdbError, invalid
from ._ffi import credentials_function, lib
from ._functions import Pool
from ._secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Callable, NoReturn, Optional, Union

    from typing_extensions import TypeIs

LONGEST_NAME = 128
# Later than this a number is in milliseconds.
LARGEST_TIME = 100_000_000_000
# Failures of the system that do not pass by themselves; others, of connections mostly, may.
LASTING = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)


class CredentialsRequest:
    """What a function that fetches credentials is called with. Valid during the call."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Optional[int]) -> None:
        self._answer = answer

    @property
    def was_refused(self) -> bool:
        """Whether the API has refused what was fetched last. The same again ends the matter."""
        return bool(lib.tcdb_credentials_answer_was_refused(self._answer))

    @property
    def time_left(self) -> float:
        """For how many seconds the call that needs the credentials can still wait."""
        ms: int = lib.tcdb_credentials_answer_ms_left(self._answer)
        return ms / 1000

    def __repr__(self) -> str:
        return "<CredentialsRequest>"


class FetchedCredentials:
    """What a function that fetches credentials returns. Shows no secret.

    token: belongs to temporary credentials. expires: when they end, in Unix seconds or as a datetime with a time zone;
    None: never.
    """

    __slots__ = ("_secrets", "expires")

    expires: Optional[int]
    """When they end, in Unix seconds; None: never."""

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        token: Optional[str] = None,
        *,
        expires: Union[float, datetime, None] = None,
    ) -> None:
        # The variables of this frame, which tracebacks may show, hold the secrets no longer.
        hidden = Secret.of(secret_id), Secret.of(secret_key), Secret.of(token)
        del secret_id, secret_key, token
        encoded = secret("secret_id", hidden[0]), secret("secret_key", hidden[1])
        self._secrets = (*encoded, hidden[2] if hidden[2].is_none else secret("token", hidden[2]))
        self.expires = None if expires is None else _unix_seconds(expires)

    def __repr__(self) -> str:
        return "<FetchedCredentials>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("FetchedCredentials hold secrets and cannot be pickled")


def _unix_seconds(expires: Union[float, datetime]) -> int:
    number = _timestamp(expires)
    if not 1 <= number < LARGEST_TIME:
        raise invalid(f"expires is {number:g}, which is not a time in Unix seconds")
    return integer("expires", floor(number))


def _timestamp(expires: Union[float, datetime]) -> float:
    if not _is_datetime(expires):
        return seconds("expires", expires)
    if expires.tzinfo is None:
        raise invalid("expires is a datetime without a time zone")
    return expires.timestamp()


def _is_datetime(value: object) -> TypeIs[datetime]:
    # Not imported for this: whoever has a datetime has imported it.
    module = sys.modules.get("datetime")
    return module is not None and isinstance(value, module.datetime)


def name_of(name: Optional[str], function: Callable[..., object]) -> bytes:
    """The name that the source has in messages: the function's own unless one is given."""
    if name is not None:
        return text("name", name)
    own = getattr(function, "__qualname__", None) or type(function).__qualname__
    return text("name", own).decode("ascii", "replace").replace("\ufffd", "?")[-LONGEST_NAME:].encode()


def native_function(function: Callable[[CredentialsRequest], FetchedCredentials]) -> Any:
    """What the library calls to have the function called."""
    return credentials_function(Pool(partial(_answer, function), 1, lambda send: send))


def _answer(function: Callable[[CredentialsRequest], FetchedCredentials], answer: Optional[int]) -> None:
    request = CredentialsRequest(answer)
    try:
        fetched = function(request)
        if isinstance(fetched, FetchedCredentials):
            lib.tcdb_credentials_answer_set(answer, *fetched._secrets, fetched.expires or 0)
        else:
            _fail(answer, f"the function returned {type(fetched).__name__}, not FetchedCredentials")
    except TcdbError as raised:
        _fail(answer, str(raised), raised.retryable)
    except Exception as raised:
        may_pass = isinstance(raised, OSError) and not isinstance(raised, LASTING)
        _fail(answer, f"the function raised {_type_name(raised)}", may_pass)
    except BaseException as raised:
        _fail(answer, f"the function raised {_type_name(raised)}")
        raise
    finally:
        # A request that the program has kept points nowhere.
        request._answer = None


def _fail(answer: Optional[int], reason: str, may_pass: bool = False) -> None:
    lib.tcdb_credentials_answer_fail(answer, reason.encode("utf-8", "replace").replace(b"\0", b" "), int(may_pass))


def _type_name(raised: BaseException) -> str:
    kind = type(raised)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
