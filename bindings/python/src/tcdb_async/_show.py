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
    from collections.abc import Iterable
    from typing import Callable, Optional, Union

    from ._results import AsyncRequestInfo


# What a terminal shows on the present line goes.
ERASE = "\r\x1b[K"
USUAL_COLUMNS = 80


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
        self._statuses: dict[str, str] = {}
        self._line_is_shown = False

    def answer(self, info: AsyncRequestInfo) -> None:
        """An answer that is not the last."""
        before = self._statuses.get(info.async_request_id)
        self._statuses[info.async_request_id] = _status(info)
        if not self._is_terminal and before != _status(info):
            write_message(f"{printable(info.async_request_id)}: {_status(info)} after {self._elapsed():.1f} s")

    def tick(self, left: int, all_of_them: int) -> None:
        """Time has passed."""
        if not self._is_terminal:
            return
        minutes, seconds = divmod(int(self._elapsed()), 60)
        if all_of_them == 1:
            said = next(iter(self._statuses.items()), None)
            what = f"{printable(said[0])}: {said[1]}" if said else "asking"
        else:
            counted = sorted(set(self._statuses.values()))
            shares = ", ".join(f"{list(self._statuses.values()).count(each)} {each}" for each in counted)
            what = f"{all_of_them - left} of {all_of_them} ended" + (f"; {shares}" if shares else "")
        write_message(f"\r{f'{minutes:02}:{seconds:02} {what}'[: _columns() - 1]}\x1b[K", end="")
        self._line_is_shown = True

    def outcome(
        self, async_request_id: str, outcome: Union[AsyncRequestInfo, TcdbError], written: Callable[[], object]
    ) -> None:
        self._statuses.pop(async_request_id, None)
        if isinstance(outcome, TcdbError):
            self.failure(async_request_id, outcome)
            return
        self._erase_line()
        write_result(
            f"{printable(async_request_id)}: {_status(outcome)}\n"
            f"  info: {'(none)' if outcome.info is None else printable(outcome.info)}\n"
            f"  request id: {printable(outcome.request_id or '(none)')}",
            written,
        )

    def failure(self, async_request_id: Optional[str], failure: TcdbError) -> None:
        self._erase_line()
        about = f"{printable(async_request_id)}: " if async_request_id else ""
        request_id = f" [RequestId {printable(failure.request_id)}]" if failure.request_id else ""
        may_pass = ", may pass" if failure.retryable else ""
        write_message(f"tcdb_async: {about}{printable(str(failure))}{request_id} [{failure.code}{may_pass}]")

    def log(self, line: str) -> None:
        """A line of the log, from any thread. What it overwrites of the progress comes again with the next tick."""
        write_message(f"{ERASE if self._is_terminal else ''}tcdb_async: {printable(line)}\n", end="")

    def interrupted(self, left: Iterable[str]) -> None:
        self._erase_line()
        write_message("tcdb_async: interrupted")

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _erase_line(self) -> None:
        if self._line_is_shown:
            write_message(ERASE, end="")
            self._line_is_shown = False


class JsonOutput:
    """A line of JSON for each task, as it ends."""

    def __init__(self) -> None:
        self._last: dict[str, AsyncRequestInfo] = {}

    def answer(self, info: AsyncRequestInfo) -> None:
        self._last[info.async_request_id] = info

    def tick(self, left: int, all_of_them: int) -> None:
        pass

    def outcome(
        self, async_request_id: str, outcome: Union[AsyncRequestInfo, TcdbError], written: Callable[[], object]
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

    def interrupted(self, left: Iterable[str]) -> None:
        for each in left:
            failure = ClosedError("interrupted", code="TCDB_ERR_CANCELLED")
            failure.last = self._last.get(each)
            self.failure(each, failure)
        write_message("tcdb_async: interrupted")


def _columns() -> int:
    """Of the terminal that shows the progress, whatever standard output is."""
    try:
        return os.get_terminal_size(2).columns or USUAL_COLUMNS
    except OSError:
        return USUAL_COLUMNS


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
