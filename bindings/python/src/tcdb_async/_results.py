"""What the API says of a task."""

from __future__ import annotations

from enum import Enum

from ._ffi import STATUSES, counted_text, lib, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional

    from ._handle import Owned


class Status(str, Enum):
    """The status of a task. Equal to its text: `Status.RUNNING == "RUNNING"`."""

    UNKNOWN = "UNKNOWN"
    """Null, missing, or a text this version does not know: see `AsyncRequestInfo.status_text`. Not an ending."""
    INITIAL = "INITIAL"
    """Not started."""
    RUNNING = "RUNNING"
    """Under way."""
    SUCCESS = "SUCCESS"
    """Succeeded."""
    FAILED = "FAILED"
    """Failed. It does not prove that nothing changed."""
    KILLED = "KILLED"
    """Killed by an operator."""
    REMOVED = "REMOVED"
    """Deleted."""
    PAUSED = "PAUSED"
    """Paused, or terminating: the API is ambiguous. Not an ending, never a success."""
    UNDEFINED = "UNDEFINED"
    """Created but not started, or waiting for the maintenance window, so possibly for hours. Not an ending."""

    # What str and format give for a mixed-in enum differs between versions of Python.
    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)


_BY_NUMBER = {number: Status[name[len("TCDB_STATUS_") :]] for name, number in STATUSES.items()}
NUMBERS = {status: number for number, status in _BY_NUMBER.items()}


class AsyncRequestInfo:
    """One answer of the API. Immutable; compares by value; can be pickled."""

    # In the order of the constructor's parameters.
    __slots__ = (  # noqa: RUF023
        "async_request_id",
        "status",
        "status_text",
        "info",
        "request_id",
        "is_terminal",
        "is_success",
    )

    async_request_id: str
    """The task that was asked about."""
    status: Status
    """The task's status."""
    status_text: str
    """The status in the API's own spelling, also one that this version does not know; "" if it said null or nothing."""
    info: Optional[str]
    """What the API says of the outcome, in any language; None if it said null or nothing."""
    request_id: Optional[str]
    """The API's id of the HTTP request that brought this answer, for the vendor's support."""
    is_terminal: bool
    """Whether the task has ended, with success or without."""
    is_success: bool
    """Whether the task has ended well."""

    def __init__(
        self,
        async_request_id: str,
        status: Status,
        status_text: str,
        info: Optional[str],
        request_id: Optional[str],
        is_terminal: bool,
        is_success: bool,
    ) -> None:
        put = object.__setattr__
        put(self, "async_request_id", async_request_id)
        put(self, "status", status)
        put(self, "status_text", status_text)
        put(self, "info", info)
        put(self, "request_id", request_id)
        put(self, "is_terminal", is_terminal)
        put(self, "is_success", is_success)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an AsyncRequestInfo cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an AsyncRequestInfo cannot be changed: {name}")

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON has them: `status` as its text."""
        return dict(zip(self.__slots__, self._parts()), status=self.status.value)

    def to_json(self) -> str:
        """`to_dict()` as one line of JSON, in ASCII."""
        import json

        return json.dumps(self.to_dict())

    def _parts(self) -> tuple[str, Status, str, Optional[str], Optional[str], bool, bool]:
        return (
            self.async_request_id,
            self.status,
            self.status_text,
            self.info,
            self.request_id,
            self.is_terminal,
            self.is_success,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._parts()

    def __eq__(self, other: object) -> bool:
        return self._parts() == other._parts() if isinstance(other, AsyncRequestInfo) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return (
            f"AsyncRequestInfo(async_request_id={self.async_request_id!r}, status={self.status_text!r}, "
            f"info={self.info!r}, request_id={self.request_id!r})"
        )


def read_result(result: Owned, async_request_id: str) -> Optional[AsyncRequestInfo]:
    """What a result object says; None for NULL."""
    if not result.pointer:
        return None
    number = lib.tcdb_result_status(result)
    return AsyncRequestInfo(
        async_request_id,
        _BY_NUMBER.get(number, Status.UNKNOWN),
        text(lib.tcdb_result_status_text(result)) or "",
        counted_text(lib.tcdb_result_info(result), lib.tcdb_result_info_len(result)),
        text(lib.tcdb_result_request_id(result)),
        bool(lib.tcdb_status_is_terminal(number)),
        bool(lib.tcdb_status_is_success(number)),
    )
