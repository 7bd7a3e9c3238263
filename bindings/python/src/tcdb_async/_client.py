"""The client: one account's way to the API."""

from __future__ import annotations

from ._arguments import interval_milliseconds, optional_text, status_numbers, text, timeout_milliseconds
from ._credentials import Credentials, handle_of, static
from ._errors import TcdbError, closed, make, read_error
from ._ffi import lib
from ._functions import call
from ._handle import Owned
from ._options import checked, native_options
from ._request import sign
from ._secret import Secret
from ._signals import run
from ._waiter import Waiter, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Callable, NoReturn, Optional, Union

    from typing_extensions import Unpack

    from ._arguments import Seconds
    from ._options import ClientOptions
    from ._request import SignedRequest
    from ._results import AsyncRequestInfo, Status

    Interval = Union[Seconds, tuple[Seconds, Seconds]]
    StopOn = Union[Status, str, Iterable[Union[Status, str]]]


class Client:
    """One account's way to the API, with its own connections, rate limiter and clock.

    Many threads may use one at once, and one for the whole process is usually right. Making one opens no connection.
    For asyncio there is `AsyncClient`.

    secret_id, secret_key, token: the credentials; `token` belongs to temporary ones. See `from_env` and
      `from_credentials` for other sources.
    region: of the database, like `"ap-guangzhou"`.
    options: `endpoint`, `language`, `connect_timeout`, `total_timeout`, `max_attempts`, `max_requests_per_second`,
      `proxy`, `ca_file`, `clock_correction`, `request_client`; times in seconds or as timedelta. Nothing is read from
      the environment. Mainland accounts: `endpoint=tcdb_async.ENDPOINT_MAINLAND`.

    Raises `ConfigError`, which names the parameter, and `TransportError` where the system has no certificates.
    """

    __slots__ = ("_handle",)

    _handle: Optional[Owned]

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        *,
        token: Optional[str] = None,
        region: Optional[str] = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        # The variables of this frame, which tracebacks may show, hold the secrets no longer.
        options = checked(options)
        hidden = Secret.of(secret_id), Secret.of(secret_key), Secret.of(token)
        del secret_id, secret_key, token
        self._open(static(*hidden), region, options, environment=False)

    @classmethod
    def from_env(cls, *, region: Optional[str] = None, **options: Unpack[ClientOptions]) -> Client:
        """A client configured by the environment as it is now.

        Credentials: `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`, `TENCENTCLOUD_TOKEN`. Region:
        `TENCENTCLOUD_REGION`. Endpoint: `TCDB_ASYNC_ENDPOINT`. Proxy: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
        Certificates: `TCDB_ASYNC_CA_FILE`, else `SSL_CERT_FILE`, `SSL_CERT_DIR`. Arguments go first.
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
        """A client with credentials from any source.

        region: without it the one that a profile names. environment: also read region, proxy and certificates from the
        environment, as `from_env` does.
        """
        made = cls.__new__(cls)
        made._open(credentials, region, checked(options), environment=environment)
        return made

    def _open(
        self, credentials: Credentials, region: Optional[str], options: ClientOptions, *, environment: bool
    ) -> None:
        self._handle = open_client(credentials, region, options, environment=environment)

    def describe_async_request_info(self, async_request_id: str) -> AsyncRequestInfo:
        """Asks once for the status of a task.

        Blocks for at most the total timeout; transient failures are retried within it. Ctrl-C gets through within
        moments. An answer does not say that the task succeeded: see its `status`.
        """
        waiter = make_waiter(self._opened(), async_request_id, 0)
        outcome = run(waiter, async_request_id, one_answer=True)
        try:
            if isinstance(outcome, TcdbError):
                raise outcome
            return outcome
        finally:
            # A frame that refers to the exception that refers to it lives until the garbage collector comes.
            del outcome

    def wait(
        self,
        async_request_id: str,
        *,
        timeout: Optional[Seconds] = None,
        interval: Optional[Interval] = None,
        stop_on: StopOn = (),
        on_poll: Optional[Callable[[AsyncRequestInfo], object]] = None,
        raise_on_failure: bool = True,
    ) -> AsyncRequestInfo:
        """Waits until a task has ended and returns the last answer. Ctrl-C gets through within moments.

        timeout: seconds or a timedelta; then `WaitTimeout`, whose `last` is the last answer. 0: one answer. None: no
          limit.
        interval: seconds between requests; a pair: grows from the first to the second. Default: from 1 to 10.
        stop_on: one status, or several, at which to stop although the task has not ended, like `Status.PAUSED`.
        on_poll: called on this thread with each answer but the last; what it raises ends the wait.
        raise_on_failure: whether FAILED, KILLED and REMOVED raise `TaskFailedError` or are returned.

        After the first answer transient failures are retried for as long as the wait lasts; before it, only as often
        as in a query, so that a wrong key fails fast; the API's rate limit is waited out.
        """
        waiter = self.start_wait(async_request_id, timeout=timeout, interval=interval, stop_on=stop_on)
        outcome = settled(waiter._run(on_poll), raise_on_failure)
        try:
            if isinstance(outcome, TcdbError):
                raise outcome
            return outcome
        finally:
            del outcome

    def start_wait(
        self,
        async_request_id: str,
        *,
        timeout: Optional[Seconds] = None,
        interval: Optional[Interval] = None,
        stop_on: StopOn = (),
    ) -> Waiter:
        """A wait that is moved by its `run` and `step`. Parameters as in `wait`. Sends nothing yet."""
        limit = timeout_milliseconds("timeout", timeout)
        first, longest = interval_milliseconds(interval)
        numbers = status_numbers(stop_on)
        waiter = make_waiter(self._opened(), async_request_id, limit)
        lib.tcdb_waiter_set_interval_ms(waiter, first, longest)
        for number in numbers:
            lib.tcdb_waiter_set_stop_on(waiter, number)
        return Waiter(waiter, async_request_id)

    def sign(self, async_request_id: str, *, timestamp: Optional[int] = None) -> SignedRequest:
        """A signed request, not sent: for an HTTP stack of your own, and to look at a signature that is refused.

        timestamp: the Unix seconds to sign for. None: now, by the corrected clock. Read the reply with
        `tcdb_async.parse_response`. Raises `CredentialsError` where credentials would have to be fetched first.
        """
        return sign(self._opened(), async_request_id, timestamp)

    def set_credentials(self, credentials: Credentials) -> None:
        """From now on requests are signed with these, those of calls in progress included."""
        replace_credentials(self._opened(), credentials)

    @property
    def clock_offset(self) -> float:
        """How far the API's clock is ahead of this machine's, in seconds; 0 as long as the API accepted its time."""
        ms: int = lib.tcdb_client_clock_offset_ms(self._opened())
        return ms / 1000

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return getattr(self, "_handle", None) is None

    def close(self) -> None:
        """Ends calls in progress, waits too, and all later ones with `ClosedError`. From any thread; again: nothing.

        Connections are closed with the end of the last call. A client that is only dropped lets its waits go on.
        """
        handle, self._handle = getattr(self, "_handle", None), None
        # A forked child leaves the parent's calls alone.
        if handle is not None and handle.is_own():
            call(handle.keeps, lib.tcdb_client_shutdown, handle)

    def _opened(self) -> Owned:
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


def open_client(credentials: Credentials, region: Optional[str], options: ClientOptions, *, environment: bool) -> Owned:
    """The native client."""
    encoded = optional_text("region", region)
    native = native_options(options, environment=environment)
    made = make("tcdb_client_free", lib.tcdb_client_new, handle_of(credentials), encoded, native)
    # A list of its own, which its waits share.
    made.keeps = [*made.keeps]
    return made


def make_waiter(client: Owned, async_request_id: str, timeout_ms: int) -> Owned:
    """The native waiter."""
    encoded = text("async_request_id", async_request_id)
    made = make("tcdb_waiter_free", lib.tcdb_waiter_new, client, encoded, timeout_ms)
    made.client = client
    return made


def replace_credentials(client: Owned, credentials: Credentials) -> None:
    """See `Client.set_credentials`."""
    new, error = handle_of(credentials), Owned("tcdb_error_free")
    # Those at hand stay: calls in progress may be inside them.
    if new.keeps and isinstance(client.keeps, list):
        client.keeps.extend(each for each in new.keeps if each not in client.keeps)
    code = call(client.keeps, lib.tcdb_client_set_credentials, client, new, error.place())
    if code:
        raise read_error(code, error)
