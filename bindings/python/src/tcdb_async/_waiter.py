"""A wait, asked for piece by piece."""

from __future__ import annotations

from ._arguments import UINT32_MAX, UINT64_MAX, milliseconds
from ._errors import TaskFailedError, WaitCancelled, take_error
from ._ffi import CODES, call, lib
from ._interrupt import interruptible
from ._results import take_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, NoReturn, Optional

    from ._errors import TcdbError
    from ._handle import Handle
    from ._results import AsyncRequestInfo


class Waiter:
    """Waits for the end of one task; made by `Client.start_wait`.

    `run()` waits for the end. `step()` goes on for a bounded time, for event loops and for threads that carry many
    waits. `cancel()` and the properties may be used from any thread; of two threads that step at once, the second gets
    a `BusyError`.
    """

    __slots__ = ("_cancelled", "_handle", "async_request_id")

    async_request_id: str
    """The task that is waited for."""

    def __init__(self, handle: Handle, async_request_id: str) -> None:
        self._handle = handle
        self._cancelled = False
        self.async_request_id = async_request_id

    def run(
        self,
        *,
        on_poll: Optional[Callable[[AsyncRequestInfo], object]] = None,
        raise_on_failure: bool = True,
    ) -> AsyncRequestInfo:
        """Waits for the end; see `Client.wait`. An exception that interrupts it cancels the wait."""
        answers = self.answers
        while (info := self._step(UINT32_MAX)) is None:
            if on_poll is None or self.answers == answers:
                continue
            answers = self.answers
            self._tell(on_poll)
        if raise_on_failure and info.is_terminal and not info.is_success:
            raise TaskFailedError(_failure(info), info)
        return info

    def _tell(self, on_poll: Callable[[AsyncRequestInfo], object]) -> None:
        latest = self.latest
        if latest is None:
            return
        try:
            on_poll(latest)
        except BaseException:
            self.cancel()
            raise

    def step(self, max_block: float = 0.0) -> Optional[AsyncRequestInfo]:
        """Goes on with the wait: sleeps at most `max_block` seconds and sends at most one request.

        Returns None as long as the wait has not ended, then its last answer, again and again. A request that has begun
        is bounded by its own timeouts, and by `cancel`. Raises `WaitTimeout`, `WaitCancelled`, `BusyError` and whatever
        ends a wait.
        """
        return self._step(min(milliseconds("max_block", max_block), UINT32_MAX))

    def _step(self, max_sleep_ms: int) -> Optional[AsyncRequestInfo]:
        return interruptible(lambda: self._call_step(max_sleep_ms), self.cancel)

    def _call_step(self, max_sleep_ms: int) -> Optional[AsyncRequestInfo]:
        code, result, error = call(lib.tcdb_waiter_step, self._handle.pointer, max_sleep_ms)
        if code:
            raise self._failure(code, error)
        return take_result(result, self.async_request_id) if result else None

    def _failure(self, code: int, error: Optional[int]) -> TcdbError:
        is_ours = self._cancelled and code == CODES["TCDB_ERR_CANCELLED"]
        return take_error(code, error, self.async_request_id, WaitCancelled if is_ours else None)

    def cancel(self) -> None:
        """Ends the wait soon, a request under way included: the thread that steps gets `WaitCancelled`. For good."""
        self._cancelled = True
        lib.tcdb_waiter_cancel(self._handle.pointer)

    @property
    def latest(self) -> Optional[AsyncRequestInfo]:
        """The last answer; None if there was none yet."""
        result = lib.tcdb_waiter_latest(self._handle.pointer)
        return take_result(result, self.async_request_id) if result else None

    @property
    def answers(self) -> int:
        """How many answers there were."""
        number: int = lib.tcdb_waiter_answers(self._handle.pointer)
        return number

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        ms: int = lib.tcdb_waiter_elapsed_ms(self._handle.pointer)
        return ms / 1000

    @property
    def due_in(self) -> Optional[float]:
        """Seconds until the next request is due; None after the end."""
        ms: int = lib.tcdb_waiter_due_in_ms(self._handle.pointer)
        return None if ms == UINT64_MAX else ms / 1000

    def __repr__(self) -> str:
        return f"<Waiter for {self.async_request_id}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Waiter belongs to its process and cannot be pickled")


def _failure(info: AsyncRequestInfo) -> str:
    said = " ".join(info.info.split()) if info.info else "the API gives no reason"
    return f"task {info.async_request_id} ended as {info.status_text}: {said}"
