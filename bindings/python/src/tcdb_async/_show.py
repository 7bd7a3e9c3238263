"""What the command line prints."""

from __future__ import annotations

import json
import shutil
import sys
import time

from ._errors import TcdbError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Union

    from ._results import AsyncRequestInfo


class HumanOutput:
    """Text: on a terminal with a line that shows progress, else with a line for each change."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._started = time.monotonic()
        self._statuses: dict[str, str] = {}
        self._line_is_shown = False

    def answer(self, info: AsyncRequestInfo) -> None:
        """An answer that is not the last."""
        before = self._statuses.get(info.async_request_id)
        self._statuses[info.async_request_id] = _status(info)
        if not self._is_terminal and before != _status(info):
            print(f"{info.async_request_id}: {_status(info)} after {self._elapsed():.1f} s", flush=True)

    def tick(self, left: int, all_of_them: int) -> None:
        """Time has passed."""
        if not self._is_terminal:
            return
        minutes, seconds = divmod(int(self._elapsed()), 60)
        if all_of_them == 1:
            said = next(iter(self._statuses.items()), None)
            what = f"{said[0]}: {said[1]}" if said else "asking"
        else:
            counted = sorted(set(self._statuses.values()))
            shares = ", ".join(f"{list(self._statuses.values()).count(each)} {each}" for each in counted)
            what = f"{all_of_them - left} of {all_of_them} ended" + (f"; {shares}" if shares else "")
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{f'{minutes:02}:{seconds:02} {what}'[:width]}\x1b[K", end="", flush=True)
        self._line_is_shown = True

    def outcome(self, async_request_id: str, outcome: Union[AsyncRequestInfo, TcdbError]) -> None:
        self._statuses.pop(async_request_id, None)
        if isinstance(outcome, TcdbError):
            self.failure(async_request_id, outcome)
            return
        self._erase_line()
        print(f"{async_request_id}: {_status(outcome)}")
        print(f"  info: {'(none)' if outcome.info is None else printable(outcome.info)}")
        print(f"  request id: {printable(outcome.request_id or '(none)')}", flush=True)

    def failure(self, async_request_id: Optional[str], failure: TcdbError) -> None:
        self._erase_line()
        about = f"{async_request_id}: " if async_request_id else ""
        request_id = f" [RequestId {printable(failure.request_id)}]" if failure.request_id else ""
        may_pass = ", may pass" if failure.retryable else ""
        print(f"tcdb_async: {about}{printable(str(failure))}{request_id} [{failure.code}{may_pass}]", file=sys.stderr)

    def interrupted(self) -> None:
        self._erase_line()
        print("tcdb_async: interrupted", file=sys.stderr)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _erase_line(self) -> None:
        if self._line_is_shown:
            print("\r\x1b[K", end="", flush=True)
            self._line_is_shown = False


class JsonOutput:
    """A line of JSON for each task, as it ends."""

    def answer(self, info: AsyncRequestInfo) -> None:
        pass

    def tick(self, left: int, all_of_them: int) -> None:
        pass

    def outcome(self, async_request_id: str, outcome: Union[AsyncRequestInfo, TcdbError]) -> None:
        if isinstance(outcome, TcdbError):
            self.failure(async_request_id, outcome)
        else:
            _print_json({"async_request_id": async_request_id, **_answer(outcome)})

    def failure(self, async_request_id: Optional[str], failure: TcdbError) -> None:
        error = {
            "code": failure.code,
            "message": str(failure),
            "server_code": failure.server_code,
            "server_message": failure.server_message,
            "request_id": failure.request_id,
            "http_status": failure.http_status,
            "attempts": failure.attempts,
            "retryable": failure.retryable,
        }
        last = failure.last
        _print_json({"async_request_id": async_request_id, "error": error, **({"last": _answer(last)} if last else {})})

    def interrupted(self) -> None:
        print("tcdb_async: interrupted", file=sys.stderr)


def _answer(info: AsyncRequestInfo) -> dict[str, object]:
    return {
        "status": info.status.value,
        "status_text": info.status_text,
        "info": info.info,
        "request_id": info.request_id,
        "is_terminal": info.is_terminal,
        "is_success": info.is_success,
    }


def _print_json(value: dict[str, object]) -> None:
    print(json.dumps(value), flush=True)


def _status(info: AsyncRequestInfo) -> str:
    return printable(info.status_text) or "(no status)"


def printable(text: str) -> str:
    """A server's text with what would drive a terminal replaced, on one line."""
    return "".join(each if each.isprintable() else " " for each in text)
