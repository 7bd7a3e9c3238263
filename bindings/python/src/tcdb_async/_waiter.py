"""A wait for one task."""

from __future__ import annotations

from time import monotonic, sleep

from ._arguments import UINT32_MAX, UINT64_MAX, function, milliseconds
from ._errors import TaskFailedError, TcdbError, WaitCancelled, read_error
from ._ffi import lib
from ._functions import call
from ._handle import Owned, owned
from ._results import read_result
from ._signals import run
from ._threads import runs_signal_handlers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, NoReturn, Optional

    from ._arguments import Seconds
    from ._results import AsyncRequestInfo
    from ._signals import Outcome

# How long the main thread sleeps at once in a step: `cancel` does not wake it.
LONGEST_SLEEP = 0.05


class Waiter:
    """Waits for the end of one task; made by `Client.start_wait`.

    `run()` waits for the end. `step()` goes on for a bounded time, for event loops and for threads that carry many
    waits. `cancel()` and the properties may be used from any thread; of two threads that step at once, the second gets
    a `BusyError`.
    """

    __slots__ = ("_cancelled", "_handle", "async_request_id")

    async_request_id: str
    """The task that is waited for."""

    def __init__(self, handle: Owned, async_request_id: str) -> None:
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
        outcome = settled(self._run(on_poll), raise_on_failure)
        try:
            if isinstance(outcome, TcdbError):
                raise outcome
            return outcome
        finally:
            # A frame that refers to the exception that refers to it lives until the garbage collector comes.
            del outcome

    def _run(self, on_poll: Optional[Callable[[AsyncRequestInfo], object]]) -> Outcome:
        function("on_poll", on_poll)
        report = self._reporter(on_poll) if on_poll else None
        if report is None or runs_signal_handlers():
            return self._named(run(self._handle, self.async_request_id, report))
        while True:
            outcome = self._call_step(UINT32_MAX)
            if outcome is not None:
                return outcome
            try:
                report()
            except BaseException:
                self.cancel()
                raise

    def _reporter(self, on_poll: Callable[[AsyncRequestInfo], object]) -> Callable[[], None]:
        """A function that calls `on_poll` where there is a new answer that does not end the wait."""
        reported = self.answers

        def report() -> None:
            nonlocal reported
            answers = self.answers
            if answers == reported or self.due_in is None:
                return
            reported = answers
            latest = self.latest
            if latest is not None:
                on_poll(latest)

        return report

    def step(self, max_block: Seconds = 0.0) -> Optional[AsyncRequestInfo]:
        """Goes on with the wait: sleeps for at most `max_block` seconds and sends at most one request.

        Returns None as long as the wait has not ended, then its last answer, again and again. A request that has begun
        is bounded by its own timeouts, and by `cancel` from another thread. On the main thread signal handlers run
        while it sleeps, and otherwise after the request; `run` does not make them wait.

        Raises `WaitTimeout`, `WaitCancelled`, `BusyError` and whatever else ends a wait.
        """
        longest = min(milliseconds("max_block", max_block), UINT32_MAX)
        if longest and runs_signal_handlers():
            longest = self._sleep(longest / 1000)
        outcome = self._call_step(longest)
        try:
            if isinstance(outcome, TcdbError):
                raise outcome
            return outcome
        finally:
            del outcome

    def _sleep(self, longest: float) -> int:
        """Sleeps until the next request is due, as far as signals let it; the milliseconds that are left."""
        end = monotonic() + longest
        while True:
            left = end - monotonic()
            due = self.due_in
            if left <= 0 or not due:
                return 0
            sleep(min(due, left, LONGEST_SLEEP))

    def _call_step(self, max_sleep_ms: int) -> Optional[Outcome]:
        result, error = Owned("tcdb_result_free"), Owned("tcdb_error_free")
        places = result.place(), error.place()
        code = call(self._handle.keeps, lib.tcdb_waiter_step, self._handle, max_sleep_ms, *places)
        if code:
            return self._named(read_error(code, error, self.async_request_id))
        return read_result(result, self.async_request_id)

    def _named(self, outcome: Outcome) -> Outcome:
        """A cancelled wait is one thing, a closed client another."""
        if self._cancelled and isinstance(outcome, TcdbError) and outcome.code == "TCDB_ERR_CANCELLED":
            return WaitCancelled.of(outcome)
        return outcome

    def cancel(self) -> None:
        """Ends the wait soon, a request in flight included: the thread that steps gets `WaitCancelled`. For good."""
        self._cancelled = True
        lib.tcdb_waiter_cancel(self._handle)

    @property
    def latest(self) -> Optional[AsyncRequestInfo]:
        """The last answer; None if there was none yet."""
        return read_result(owned("tcdb_result_free", lib.tcdb_waiter_latest, self._handle), self.async_request_id)

    @property
    def answers(self) -> int:
        """How many answers there were."""
        number: int = lib.tcdb_waiter_answers(self._handle)
        return number

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        ms: int = lib.tcdb_waiter_elapsed_ms(self._handle)
        return ms / 1000

    @property
    def due_in(self) -> Optional[float]:
        """Seconds until the next request is due; None after the end."""
        ms: int = lib.tcdb_waiter_due_in_ms(self._handle)
        return None if ms == UINT64_MAX else ms / 1000

    def __repr__(self) -> str:
        return f"<Waiter for {self.async_request_id!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Waiter belongs to its process and cannot be pickled")


def settled(outcome: Outcome, raise_on_failure: bool) -> Outcome:
    """The outcome of a wait, with an exception for a task that has ended without success where one is wanted."""
    if isinstance(outcome, TcdbError) or not raise_on_failure or not outcome.is_terminal or outcome.is_success:
        return outcome
    reason = " ".join(outcome.info.split()) if outcome.info else "the API gives no reason"
    return TaskFailedError(f"task {outcome.async_request_id} ended as {outcome.status_text}: {reason}", outcome)
