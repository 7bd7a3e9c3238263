"""The client: one account's way to the API."""

from __future__ import annotations

from ._arguments import milliseconds, optional_text, text, timeout_milliseconds
from ._credentials import Credentials
from ._errors import closed, take_error
from ._ffi import call, call_without_out, lib
from ._handle import Handle, make
from ._interrupt import interruptible
from ._options import NativeOptions
from ._request import sign
from ._results import NUMBERS, take_result
from ._waiter import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Callable, NoReturn, Optional, Union

    from typing_extensions import Unpack

    from ._options import ClientOptions
    from ._request import SignedRequest
    from ._results import AsyncRequestInfo, Status

    Interval = Union[float, tuple[float, float]]


class Client:
    """One account's way to the API, with its own connections, pace and clock.

    Many threads may use one at once, and one for the whole process is usually right. Making one opens no connection.

    secret_id, secret_key, token: the credentials; `token` belongs to temporary ones. See `from_env` and
      `from_credentials` for other sources.
    region: of the database, like `"ap-guangzhou"`.
    options: `endpoint`, `language`, `connect_timeout`, `total_timeout`, `max_attempts`, `max_requests_per_second`,
      `proxy`, `ca_file`, `clock_correction`, `request_client`; times in seconds. Nothing is read from the environment.

    Raises `ConfigError`, which names the parameter, and `TransportError` where the system has no certificates.
    """

    __slots__ = ("_handle",)

    _handle: Optional[Handle]

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        *,
        token: Optional[str] = None,
        region: Optional[str] = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._open(Credentials(secret_id, secret_key, token), region, options, environment=False)

    @classmethod
    def from_env(cls, *, region: Optional[str] = None, **options: Unpack[ClientOptions]) -> Client:
        """A client of what the environment says now.

        Credentials: `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`, `TENCENTCLOUD_TOKEN`. Region:
        `TENCENTCLOUD_REGION`. Proxy: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`. Certificates: `SSL_CERT_FILE`,
        `SSL_CERT_DIR`. What is given here goes first.
        """
        return cls.from_credentials(Credentials.from_env(), region=region, environment=True, **options)

    @classmethod
    def from_credentials(
        cls,
        credentials: Credentials,
        *,
        region: Optional[str] = None,
        environment: bool = False,
        **options: Unpack[ClientOptions],
    ) -> Client:
        """A client of credentials from any source.

        region: without it the one that a profile names. environment: also read region, proxy and certificates from the
        environment, as in `from_env`.
        """
        made = cls.__new__(cls)
        made._open(credentials, region, options, environment=environment)
        return made

    def _open(
        self, credentials: Credentials, region: Optional[str], options: ClientOptions, *, environment: bool
    ) -> None:
        encoded = optional_text("region", region)
        with NativeOptions(options, environment=environment) as native:
            self._handle = make(lib.tcdb_client_free, lib.tcdb_client_new, credentials._handle.pointer, encoded, native)

    def describe_async_request_info(self, async_request_id: str) -> AsyncRequestInfo:
        """Asks once what became of a task.

        Blocks for at most the total timeout; failures that may pass are asked again within it. Ctrl-C gets through.
        An answer says nothing yet about success: see its `status`.
        """
        handle = self._opened()
        encoded = text("async_request_id", async_request_id)

        def query() -> AsyncRequestInfo:
            # Its reference to the handle keeps the native client alive until the call is over, whatever close() does.
            code, result, error = call(lib.tcdb_query, handle.pointer, encoded)
            if code or result is None:
                raise take_error(code, error)
            return take_result(result, async_request_id)

        return interruptible(query)

    def wait(
        self,
        async_request_id: str,
        *,
        timeout: Optional[float] = None,
        interval: Optional[Interval] = None,
        stop_on: Iterable[Status] = (),
        on_poll: Optional[Callable[[AsyncRequestInfo], object]] = None,
        raise_on_failure: bool = True,
    ) -> AsyncRequestInfo:
        """Waits until a task has ended and returns the last answer. Ctrl-C gets through within moments.

        timeout: seconds; then `WaitTimeout`, whose `last` is the last answer. 0: one answer. None: no limit.
        interval: seconds between questions; a pair: grows from the first to the second. Default: from 1 to 10.
        stop_on: statuses that are no endings at which to stop all the same, like `Status.PAUSED`.
        on_poll: called on this thread with each answer that is not the last; what it raises ends the wait.
        raise_on_failure: whether FAILED, KILLED and REMOVED raise `TaskFailedError` or are returned.

        Failures that may pass do not end a wait that has had an answer; before the first one they do after the usual
        attempts, so that a wrong key fails fast.
        """
        waiter = self.start_wait(async_request_id, timeout=timeout, interval=interval, stop_on=stop_on)
        return waiter.run(on_poll=on_poll, raise_on_failure=raise_on_failure)

    def start_wait(
        self,
        async_request_id: str,
        *,
        timeout: Optional[float] = None,
        interval: Optional[Interval] = None,
        stop_on: Iterable[Status] = (),
    ) -> Waiter:
        """A wait to be run step by step, for event loops. Parameters as in `wait`. Asks nothing yet."""
        handle = self._opened()
        waiter = make(
            lib.tcdb_waiter_free,
            lib.tcdb_waiter_new,
            handle.pointer,
            text("async_request_id", async_request_id),
            timeout_milliseconds("timeout", timeout),
        )
        if interval is not None:
            first, longest = interval if isinstance(interval, tuple) else (interval, interval)
            lib.tcdb_waiter_set_interval_ms(
                waiter.pointer, milliseconds("interval", first), milliseconds("interval", longest)
            )
        for status in stop_on:
            lib.tcdb_waiter_set_stop_on(waiter.pointer, NUMBERS[status])
        return Waiter(waiter, async_request_id)

    def sign(self, async_request_id: str, *, timestamp: Optional[int] = None) -> SignedRequest:
        """A signed request, not sent: for an HTTP stack of your own, and to look at a signature that is refused.

        timestamp: the Unix seconds to sign for. None: now, by the corrected clock. Read the reply with
        `tcdb_async.parse_response`. Raises `CredentialsError` where credentials would have to be fetched first.
        """
        return sign(self._opened(), async_request_id, timestamp)

    def set_credentials(self, credentials: Credentials) -> None:
        """From now on requests are signed with these, those of calls under way included."""
        handle = self._opened()
        code, error = call_without_out(lib.tcdb_client_set_credentials, handle.pointer, credentials._handle.pointer)
        if code:
            raise take_error(code, error)

    @property
    def clock_offset(self) -> float:
        """How far the API's clock is ahead of this machine's, in seconds; 0 as long as the API accepted its time."""
        ms: int = lib.tcdb_client_clock_offset_ms(self._opened().pointer)
        return ms / 1000

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._handle is None

    def close(self) -> None:
        """Ends calls under way, waits too, and all later ones with `ClosedError`. From any thread; again: nothing.

        Connections are closed with the last call's end. A client that is only dropped lets its waits go on.
        """
        handle, self._handle = self._handle, None
        # A forked child leaves the parent's calls alone.
        if handle is not None and handle.is_own():
            lib.tcdb_client_shutdown(handle.pointer)

    def _opened(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise closed()
        return handle

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Client: closed>" if self.is_closed else "<Client>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client holds connections and secrets and cannot be pickled; make one in each process")
