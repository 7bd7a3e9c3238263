"""The command line: `tcdb-py`, or `python -m tcdb_async`."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from functools import partial

from . import _given, _interrupts, _progress
from ._client import Client
from ._credentials import Credentials
from ._errors import (
    ApiError,
    ClosedError,
    ConfigError,
    RequestTimeout,
    TcdbError,
    WaitCancelled,
    WaitTimeout,
)
from ._show import HumanOutput, JsonOutput, OutputFailed, drop_results, prepare, write_message
from ._version import __version__, library_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional, Union

    from ._results import AsyncRequestInfo

    Outcome = Union[AsyncRequestInfo, TcdbError]

# The exit codes of every command line of this project; of several the first in BY_WEIGHT.
ALL_SUCCEEDED, TASK_FAILED, USAGE, NETWORK, REFUSED, TIMED_OUT, NOT_ENDED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
# A result could not be written; ended by SIGTERM.
NOT_WRITTEN, TERMINATED = 7, 143
BY_WEIGHT = (USAGE, INTERRUPTED, REFUSED, NETWORK, TIMED_OUT, TASK_FAILED, NOT_ENDED, ALL_SUCCEEDED)

EPILOG = """\
Credentials never come from the command line. With --profile they come from that profile of the vendor's tools, without
it from TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN. A proxy comes from
HTTPS_PROXY, ALL_PROXY, NO_PROXY; certificates from SSL_CERT_FILE, SSL_CERT_DIR, else the system's.

exit code: 0 all succeeded; 1 a task failed; 2 usage, or no credentials; 3 network; 4 refused by the API;
           5 timed out; 6 not ended (a task is still pending); 7 the results could not be written; 130 interrupted;
           143 terminated
           of several the weightiest: 2, 130, 4, 3, 5, 1, 6, 0 in this order
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"tcdb_async: {message} (see --help)\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog="tcdb-py",
        description="Asks TencentDB for MySQL for the status of each async request id.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "ids", nargs="+", metavar="ID", help="an async request id; - reads them from standard input, one a line"
    )
    parser.add_argument("--wait", action="store_true", help="wait until every task has ended")
    parser.add_argument(
        "--timeout",
        type=_given.duration,
        metavar="TIME",
        help="with --wait: give up after 90s, 10m, 1h30m, or so many seconds",
    )
    parser.add_argument(
        "--interval", type=_given.duration, metavar="TIME", help="with --wait: the pause between two requests"
    )
    parser.add_argument("--region", metavar="R", help="the database's region; default: TENCENTCLOUD_REGION")
    parser.add_argument("--profile", metavar="P", help="take credentials and region from this profile")
    parser.add_argument(
        "--verbose", action="store_true", help="report attempts, retries and renewals on standard error"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each id")
    parser.add_argument("--endpoint", metavar="HOST", help="where to ask; default: cdb.intl.tencentcloudapi.com")
    parser.add_argument("--ca", metavar="FILE", help="authorities to trust in place of the system's store (PEM)")
    parser.add_argument("--version", action="version", version=f"tcdb_async {__version__}, library {library_version()}")
    return parser


def _read_arguments(words: Optional[list[str]]) -> argparse.Namespace:
    parser = _parser()
    # Ids stand before, between and behind the options.
    given, unknown = parser.parse_known_intermixed_args(words)
    if unknown:
        # Without its value, which may be a secret.
        parser.error(f"unknown option {unknown[0].partition('=')[0]}")
    if not given.wait and (given.timeout is not None or given.interval is not None):
        parser.error("--timeout and --interval need --wait")
    return given


def _make_client(given: argparse.Namespace) -> Client:
    credentials = Credentials.from_env() if given.profile is None else Credentials.from_profile(given.profile)
    return Client.from_credentials(
        credentials, region=given.region, environment=True, endpoint=given.endpoint, ca_file=given.ca
    )


def _exit_code(outcome: Outcome) -> int:
    if isinstance(outcome, TcdbError):
        return _exit_code_of_failure(outcome)
    if outcome.is_success:
        return ALL_SUCCEEDED
    return TASK_FAILED if outcome.is_terminal else NOT_ENDED


def _exit_code_of_failure(failure: TcdbError) -> int:
    if isinstance(failure, ConfigError):
        return USAGE
    if isinstance(failure, (ClosedError, WaitCancelled)):
        return INTERRUPTED
    if isinstance(failure, (RequestTimeout, WaitTimeout)):
        return TIMED_OUT
    return REFUSED if isinstance(failure, ApiError) else NETWORK


def _ask(client: Client, async_request_id: str) -> Outcome:
    try:
        return client.describe_async_request_info(async_request_id)
    except TcdbError as failure:
        return failure


def _log_to(output: Union[HumanOutput, JsonOutput]) -> None:
    import logging

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            output.log(f"{record.levelname.lower()}: {record.getMessage()}")

    logger = logging.getLogger("tcdb_async")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = [Handler()]


def _run(given: argparse.Namespace, output: Union[HumanOutput, JsonOutput], left: dict[int, str]) -> int:
    """left: is kept to the ids that have no outcome yet, by their places: one may be given more than once."""
    codes: set[int] = set()
    left.update(enumerate(_given.ids(given.ids)))
    ids = list(left.values())
    with _make_client(given) as client:
        if given.wait:
            outcomes = _progress.wait_for_all(client, ids, given.timeout, given.interval, output)
        else:
            outcomes = ((place, _ask(client, each)) for place, each in enumerate(ids))
        for place, outcome in outcomes:
            output.outcome(place, ids[place], outcome, partial(left.pop, place))
            codes.add(_exit_code(outcome))
    return min(codes, key=BY_WEIGHT.index)


def main(words: Optional[list[str]] = None) -> int:
    """Runs the command line and returns its exit code."""
    _interrupts.install()
    try:
        return _run_and_report(words)
    except (KeyboardInterrupt, _interrupts.Terminated) as signal:
        return TERMINATED if isinstance(signal, _interrupts.Terminated) else INTERRUPTED
    except OutputFailed as failure:
        if str(failure):
            write_message(f"tcdb_async: {failure}")
        return NOT_WRITTEN


def _run_and_report(words: Optional[list[str]]) -> int:
    output: Union[HumanOutput, JsonOutput] = HumanOutput()
    left: dict[int, str] = {}
    try:
        # argparse shows a signal as an error of its own.
        with _interrupts.deferred():
            prepare()
            given = _read_arguments(words)
        if given.json:
            output = JsonOutput()
        if given.verbose:
            _log_to(output)
        return _run(given, output, left)
    except TcdbError as failure:
        output.failure(None, failure)
        return _exit_code(failure)
    except (KeyboardInterrupt, _interrupts.Terminated):
        _report_interruption(output, left)
        raise


def _report_interruption(output: Union[HumanOutput, JsonOutput], left: dict[int, str]) -> None:
    if _interrupts.is_cut_off():
        drop_results()
        return
    # The second one ends also this.
    with suppress(KeyboardInterrupt, _interrupts.Terminated):
        output.interrupted(left)


if __name__ == "__main__":
    sys.exit(main())
