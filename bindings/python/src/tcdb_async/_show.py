"""What the command line prints."""

from __future__ import annotations

import io
import json
import os
import select
import sys
import time

from . import _interrupts
from ._errors import ClosedError, TcdbError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional, Union

    from ._results import AsyncRequestInfo


# What a terminal shows on the present line goes.
ERASE = "\r\x1b[K"
USUAL_COLUMNS = 80
# A terminal may say that it is of any width.
MOST_COLUMNS = 200


class OutputFailed(Exception):
    """A result could not be written."""


def prepare() -> None:
    """What a terminal cannot encode is escaped."""
    if sys.stdout is None:
        raise OutputFailed("standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_result(line: str, written: Callable[[], object] = bool) -> None:
    """Results go to standard output, and nothing else does.

    `written` is called behind it. The first signal ends the program behind both: a result is there once, and whole.
    """
    try:
        _wait_for_room()
        with _interrupts.deferred():
            print(line, flush=True)
            written()
    except BrokenPipeError:
        # The reader has what it wanted.
        _discard(1)
        raise OutputFailed("") from None
    except (OSError, ValueError) as error:
        _discard(1)
        raise OutputFailed(f"write to standard output: {getattr(error, 'strerror', None) or error}") from None


def _wait_for_room() -> None:
    """While there is none, as where no one reads, the first signal is enough."""
    if not hasattr(select, "poll"):
        return
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLOUT)
        poll.poll()
    except (OSError, ValueError):  # no file at all: writing shows what is wrong with it
        pass


def write_message(line: str, end: str = "\n") -> None:
    """Progress and messages go to standard error. Where they are not read the outcome is the same."""
    if sys.stderr is None:
        return
    try:
        print(line, end=end, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _discard(2)


def drop_results() -> None:
    """What was not written is not written at exit either."""
    _discard(1)


def _discard(descriptor: int) -> None:
    """Python would complain once more when it flushes at exit."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, descriptor)
        os.close(nothing)
    except OSError:
        pass


class HumanOutput:
    """Text; the progress is a line that changes on a terminal, else a line for each change."""

    def __init__(self) -> None:
        is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._is_terminal = is_terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._started = time.monotonic()
        # By the place of its id, as is all here.
        self._last: dict[int, AsyncRequestInfo] = {}
        self._line_is_shown = False

    def answer(self, place: int, info: AsyncRequestInfo) -> None:
        """An answer that is not the last."""
        before = self._last.get(place)
        self._last[place] = info
        if not self._is_terminal and (before is None or _status(before) != _status(info)):
            write_message(f"{printable(info.async_request_id)}: {_status(info)} after {self._elapsed():.1f} s")

    def tick(self, left: int, all_of_them: int) -> None:
        """Time has passed."""
        if not self._is_terminal:
            return
        minutes, seconds = divmod(int(self._elapsed()), 60)
        if all_of_them == 1:
            said = next(iter(self._last.values()), None)
            what = f"{printable(said.async_request_id)}: {_status(said)}" if said else "asking"
        else:
            statuses = [_status(each) for each in self._last.values()]
            shares = ", ".join(f"{statuses.count(each)} {each}" for each in sorted(set(statuses)))
            what = f"{all_of_them - left} of {all_of_them} ended" + (f"; {shares}" if shares else "")
        write_message(f"\r{f'{minutes:02}:{seconds:02} {what}'[: _columns() - 1]}\x1b[K", end="")
        self._line_is_shown = True

    def outcome(
        self,
        place: int,
        async_request_id: str,
        outcome: Union[AsyncRequestInfo, TcdbError],
        written: Callable[[], object],
    ) -> None:
        self._last.pop(place, None)
        self._erase_line()
        if not isinstance(outcome, TcdbError):
            write_result(_text(async_request_id, outcome), written)
            return
        if outcome.last is not None:
            self._last_known(async_request_id, outcome.last)
        self.failure(async_request_id, outcome)

    def failure(self, async_request_id: Optional[str], failure: TcdbError) -> None:
        self._erase_line()
        about = f"{printable(async_request_id)}: " if async_request_id else ""
        request_id = f" [RequestId {printable(failure.request_id)}]" if failure.request_id else ""
        may_pass = ", may pass" if failure.retryable else ""
        write_message(f"tcdb_async: {about}{printable(str(failure))}{request_id} [{failure.code}{may_pass}]")

    def log(self, line: str) -> None:
        """A line of the log, from any thread. What it overwrites of the progress comes again with the next tick."""
        write_message(f"{ERASE if self._is_terminal else ''}tcdb_async: {printable(line)}\n", end="")

    def interrupted(self, left: dict[int, str]) -> None:
        self._erase_line()
        for place, async_request_id in left.items():
            if place in self._last:
                self._last_known(async_request_id, self._last[place])
        write_message("tcdb_async: interrupted")

    def _last_known(self, async_request_id: str, info: AsyncRequestInfo) -> None:
        """The last answer is a result too, of a task that is waited for no longer."""
        write_result(_text(async_request_id, info, " (last known)"))

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _erase_line(self) -> None:
        if self._line_is_shown:
            write_message(ERASE, end="")
            self._line_is_shown = False


class JsonOutput:
    """A line of JSON for each task, as it ends."""

    def __init__(self) -> None:
        self._last: dict[int, AsyncRequestInfo] = {}

    def answer(self, place: int, info: AsyncRequestInfo) -> None:
        self._last[place] = info

    def tick(self, left: int, all_of_them: int) -> None:
        pass

    def outcome(
        self,
        place: int,
        async_request_id: str,
        outcome: Union[AsyncRequestInfo, TcdbError],
        written: Callable[[], object],
    ) -> None:
        if isinstance(outcome, TcdbError):
            self.failure(async_request_id, outcome, written)
        else:
            _print_json({"async_request_id": async_request_id, **_answer(outcome)}, written)

    def failure(
        self, async_request_id: Optional[str], failure: TcdbError, written: Callable[[], object] = bool
    ) -> None:
        error, last = failure.to_dict(), failure.last
        del error["last"]
        _print_json({"async_request_id": async_request_id, "error": error, "last": last and _answer(last)}, written)

    def log(self, line: str) -> None:
        write_message(f"tcdb_async: {printable(line)}\n", end="")

    def interrupted(self, left: dict[int, str]) -> None:
        for place, async_request_id in left.items():
            failure = ClosedError("interrupted", code="TCDB_ERR_CANCELLED")
            failure.last = self._last.get(place)
            self.failure(async_request_id, failure)
        write_message("tcdb_async: interrupted")


def _columns() -> int:
    """Of the terminal that shows the progress, whatever standard output is."""
    try:
        return min(os.get_terminal_size(2).columns or USUAL_COLUMNS, MOST_COLUMNS)
    except OSError:
        return USUAL_COLUMNS


def _text(async_request_id: str, info: AsyncRequestInfo, remark: str = "") -> str:
    return (
        f"{printable(async_request_id)}: {_status(info)}{remark}\n"
        f"  info: {'(none)' if info.info is None else printable(info.info)}\n"
        f"  request id: {printable(info.request_id or '(none)')}"
    )


def _answer(info: AsyncRequestInfo) -> dict[str, object]:
    answer = info.to_dict()
    del answer["async_request_id"]
    return answer


def _print_json(value: dict[str, object], written: Callable[[], object]) -> None:
    write_result(json.dumps(value), written)


def _status(info: AsyncRequestInfo) -> str:
    return printable(info.status_text) or "(no status)"


def printable(text: str) -> str:
    """A server's text with what would drive a terminal replaced, on one line."""
    return "".join(each if each.isprintable() else " " for each in text)
