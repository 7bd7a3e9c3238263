"""The client for asyncio."""

from __future__ import annotations

from collections import deque

from ._arguments import timeout_milliseconds, uint32
from ._client import open_client, replace_credentials
from ._credentials import Credentials, static
from ._errors import TcdbError, closed, invalid
from ._ffi import lib
from ._functions import call
from ._options import checked
from ._secret import Secret
from ._wait_queue import WaitQueue, task_options
from ._waiter import settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, TimerHandle
    from collections.abc import AsyncGenerator
    from typing import NoReturn, Optional

    from typing_extensions import Unpack

    from ._arguments import Seconds
    from ._client import Interval, StopOn
    from ._handle import Owned
    from ._options import ClientOptions
    from ._results import AsyncRequestInfo
    from ._signals import Outcome

MOST_THREADS = 64
# Events that are taken in one turn of the loop, so that others get theirs.
EVENTS_AT_ONCE = 32
# Calls that begin in one turn; the others begin in the next ones.
CALLS_AT_ONCE = 16
# Tasks that are cancelled in one turn: each wants the lock that the queue's threads take too.
CANCELS_AT_ONCE = 16
# Between the starts of two threads. Each begins with a handshake: many at once take the processors from the loop.
THREAD_PAUSE = 0.005
# How long `aclose` waits for the threads, in steps.
LONGEST_CLOSE, CLOSE_STEP = 2.0, 0.002


class AsyncClient:
    """One account's way to the API for asyncio: `await client.wait(id)` for any number of tasks at once.

    All tasks are in one wait queue of the library, run by `threads` threads: they take no slot of the loop's executor
    and run nothing of the program. A thread sends one request at a time, about 6 a second at 150 ms a reply, so the
    default of 8 uses the API's limit of 40 a second at replies of up to 200 ms. They start with the first tasks, one
    each 5 ms.

        async with AsyncClient.from_env() as client:
            info = await client.wait("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", timeout=600)

    Parameters and failures as of `Client`. It belongs to one event loop at a time. Cancelling what awaits it ends the
    request in flight.
    """

    __slots__ = ("_binding", "_handle", "_queue", "threads")

    threads: int
    """How many threads run the queue at most."""
    _handle: Optional[Owned]

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        *,
        token: Optional[str] = None,
        region: Optional[str] = None,
        threads: int = 8,
        **options: Unpack[ClientOptions],
    ) -> None:
        # The variables of this frame, which tracebacks may show, hold the secrets no longer.
        options = checked(options)
        hidden = Secret.of(secret_id), Secret.of(secret_key), Secret.of(token)
        del secret_id, secret_key, token
        self._open(static(*hidden), region, threads, options, environment=False)

    @classmethod
    def from_env(
        cls, *, region: Optional[str] = None, threads: int = 8, **options: Unpack[ClientOptions]
    ) -> AsyncClient:
        """A client configured by the environment as it is now; see `Client.from_env`."""
        return cls.from_credentials(Credentials.from_env(), region=region, threads=threads, environment=True, **options)

    @classmethod
    def from_credentials(
        cls,
        credentials: Credentials,
        *,
        region: Optional[str] = None,
        threads: int = 8,
        environment: bool = False,
        **options: Unpack[ClientOptions],
    ) -> AsyncClient:
        """A client with credentials from any source; see `Client.from_credentials`."""
        made = cls.__new__(cls)
        made._open(credentials, region, threads, checked(options), environment=environment)
        return made

    def _open(
        self,
        credentials: Credentials,
        region: Optional[str],
        threads: int,
        options: ClientOptions,
        *,
        environment: bool,
    ) -> None:
        self.threads = uint32("threads", threads)
        if not 1 <= self.threads <= MOST_THREADS:
            raise invalid(f"threads must be 1 to {MOST_THREADS}, not {threads}")
        client = open_client(credentials, region, options, environment=environment)
        self._queue = WaitQueue(client, self.threads)
        self._binding: Optional[_Binding] = None
        self._handle = client

    async def describe_async_request_info(self, async_request_id: str) -> AsyncRequestInfo:
        """Asks once for the status of a task; see `Client.describe_async_request_info`."""
        outcome = await self._outcome(async_request_id, 0, one_answer=True)
        try:
            if isinstance(outcome, TcdbError):
                raise outcome
            return outcome
        finally:
            # A frame that refers to the exception that refers to it lives until the garbage collector comes.
            del outcome

    async def wait(
        self,
        async_request_id: str,
        *,
        timeout: Optional[Seconds] = None,
        interval: Optional[Interval] = None,
        stop_on: StopOn = (),
        raise_on_failure: bool = True,
    ) -> AsyncRequestInfo:
        """Waits until a task has ended and returns the last answer; parameters as of `Client.wait`."""
        limit = timeout_milliseconds("timeout", timeout)
        outcome = settled(await self._outcome(async_request_id, limit, interval, stop_on), raise_on_failure)
        try:
            if isinstance(outcome, TcdbError):
                raise outcome
            return outcome
        finally:
            del outcome

    async def changes(
        self,
        async_request_id: str,
        *,
        timeout: Optional[Seconds] = None,
        interval: Optional[Interval] = None,
        stop_on: StopOn = (),
        raise_on_failure: bool = True,
    ) -> AsyncGenerator[AsyncRequestInfo, None]:
        """Yields each answer with a new status, the last one too: `async for info in client.changes(id)`.

        Parameters as of `Client.wait`. Leaving the loop early ends the wait.
        """
        limit = timeout_milliseconds("timeout", timeout)
        binding = self._bind()
        await binding.turn()
        task = binding.add(async_request_id, limit, task_options(interval, stop_on, changes=True))
        try:
            is_last = False
            while not is_last:
                outcome, is_last = await task.next()
                outcome = settled(outcome, raise_on_failure and is_last)
                if isinstance(outcome, TcdbError):
                    try:
                        raise outcome
                    finally:
                        del outcome
                yield outcome
        finally:
            binding.forget(task)

    async def _outcome(
        self,
        async_request_id: str,
        timeout_ms: int,
        interval: Optional[Interval] = None,
        stop_on: StopOn = (),
        *,
        one_answer: bool = False,
    ) -> Outcome:
        binding = self._bind()
        await binding.turn()
        task = binding.add(async_request_id, timeout_ms, task_options(interval, stop_on), one_answer=one_answer)
        try:
            return (await task.next())[0]
        finally:
            binding.forget(task)

    def _bind(self) -> _Binding:
        """To the running loop; from one that is closed or at rest to another."""
        from asyncio import get_running_loop

        handle = self._handle
        if handle is None:
            raise closed()
        if not handle.is_own():
            raise RuntimeError("an AsyncClient belongs to its process; make one in each")
        loop, binding = get_running_loop(), self._binding
        if binding is not None and binding.loop is loop:
            return binding
        if binding is not None and not binding.leave():
            raise RuntimeError("this AsyncClient has tasks in another event loop")
        self._binding = binding = _Binding(loop, self._queue)
        return binding

    def set_credentials(self, credentials: Credentials) -> None:
        """From now on requests are signed with these, those of calls in progress included."""
        if self._handle is None:
            raise closed()
        replace_credentials(self._handle, credentials)

    @property
    def is_closed(self) -> bool:
        """Whether `close` or `aclose` was called."""
        return getattr(self, "_handle", None) is None

    def close(self) -> None:
        """Ends what is awaited, and all later calls, with `ClosedError`. On the loop's thread; again: nothing."""
        self._close()

    def _close(self) -> Optional[Owned]:
        """The native queue, which its last owner frees: the caller or a thread."""
        handle, self._handle = getattr(self, "_handle", None), None
        if handle is None or not handle.is_own():
            return None
        call(handle.keeps, lib.tcdb_client_shutdown, handle)
        if self._binding is not None:
            self._binding.close()
        # Its connections and descriptors go with its threads, not with this object.
        return self._queue.let_go()

    async def aclose(self) -> None:
        """As `close`, and waits until the threads have ended, which takes moments."""
        from asyncio import sleep

        # Freed here: a thread that frees thousands of tasks ends long after it has said so.
        queue = self._close()
        left = LONGEST_CLOSE
        while self._queue.has_threads() and left > 0:
            await sleep(CLOSE_STEP)
            left -= CLOSE_STEP
        del queue

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    if not TYPE_CHECKING:

        def __del__(self, shutdown=lib.tcdb_client_shutdown) -> None:
            # The threads hold the queue: dropped without being closed it would run on.
            handle = getattr(self, "_handle", None)
            if handle is not None and handle.is_own():
                shutdown(handle)

    def __repr__(self) -> str:
        return "<AsyncClient: closed>" if self.is_closed else "<AsyncClient>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an AsyncClient holds connections and secrets and cannot be pickled; make one in each process")


class _Task:
    """One task of the queue, awaited by one coroutine."""

    __slots__ = ("_future", "_outcomes", "async_request_id", "is_over", "loop", "number", "one_answer")

    def __init__(self, loop: AbstractEventLoop, number: int, async_request_id: str, one_answer: bool) -> None:
        self.loop = loop
        self.number = number
        self.async_request_id = async_request_id
        self.one_answer = one_answer
        self.is_over = False
        self._outcomes: deque[tuple[Outcome, bool]] = deque()
        self._future: Optional[Future[None]] = None

    def put(self, outcome: Outcome, is_last: bool) -> None:
        self._outcomes.append((outcome, is_last))
        self.is_over = is_last
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def next(self) -> tuple[Outcome, bool]:
        """The next outcome, and whether it is the last."""
        while not self._outcomes:
            self._future = self.loop.create_future()
            await self._future
        return self._outcomes.popleft()


class _Binding:
    """The tasks that one event loop awaits. The loop watches the queue's descriptor as long as there are any."""

    def __init__(self, loop: AbstractEventLoop, queue: WaitQueue) -> None:
        self.loop = loop
        self._queue = queue
        self._tasks: dict[int, _Task] = {}
        self._descriptor: Optional[int] = None
        self._begun = 0
        self._turns: deque[Future[None]] = deque()
        # The numbers of tasks that nothing awaits any more and that are not cancelled yet.
        self._forgotten: deque[int] = deque()
        self._next_thread: Optional[TimerHandle] = None

    async def turn(self) -> None:
        """Spreads calls that begin at once over several turns of the loop, which has others to serve."""
        if not self._begun:
            self.loop.call_soon(self._next_turn)
        self._begun += 1
        if self._begun > CALLS_AT_ONCE:
            future = self.loop.create_future()
            self._turns.append(future)
            await future

    def _next_turn(self) -> None:
        self._begun = 0
        while self._turns and self._begun < CALLS_AT_ONCE:
            future = self._turns.popleft()
            if not future.done():
                future.set_result(None)
                self._begun += 1
        if self._begun:
            self.loop.call_soon(self._next_turn)

    def add(self, async_request_id: str, timeout_ms: int, options: Owned, *, one_answer: bool = False) -> _Task:
        number = self._queue.add(async_request_id, timeout_ms, options)
        task = self._tasks[number] = _Task(self.loop, number, async_request_id, one_answer)
        self._watch()
        if self._next_thread is None:
            self._start_thread()
        return task

    def _start_thread(self) -> None:
        """Starts the threads one after another."""
        self._next_thread = (
            self.loop.call_later(THREAD_PAUSE, self._start_thread) if self._queue.start_thread() else None
        )

    def _start_no_more_threads(self) -> None:
        if self._next_thread is not None:
            self._next_thread.cancel()
            self._next_thread = None

    def forget(self, task: _Task) -> None:
        """Nothing awaits the task any more."""
        if self._tasks.pop(task.number, None) is not None:
            self._forgotten.append(task.number)
            if self.loop.is_closed():
                self.cancel_forgotten()
            elif len(self._forgotten) == 1:
                self.loop.call_soon(_CancelSome(self))
        self._rest_if_idle()

    def cancel_forgotten(self, most: Optional[int] = None) -> bool:
        """True: some are left."""
        while self._forgotten and most != 0:
            self._queue.cancel(self._forgotten.popleft())
            most = None if most is None else most - 1
        return bool(self._forgotten)

    def _watch(self) -> None:
        if self._descriptor is None:
            descriptor = self._queue.descriptor()
            self.loop.add_reader(descriptor, self._take)
            self._descriptor = descriptor

    def _rest_if_idle(self) -> None:
        if not self._tasks and self._descriptor is not None and not self.loop.is_closed():
            self.loop.remove_reader(self._descriptor)
            self._descriptor = None

    def _take(self) -> None:
        for _ in range(EVENTS_AT_ONCE):
            try:
                event = self._queue.next(0)
            except TcdbError:
                # The client is shut down, and every event is taken.
                event = None
            if event is None:
                return
            # Unknown are those that are no longer awaited.
            task = self._tasks.get(event.task)
            if task is None:
                continue
            if event.is_final:
                del self._tasks[event.task]
            task.put(event.outcome(task.async_request_id, one_answer=task.one_answer), event.is_final)

    def leave(self) -> bool:
        """Gives up a loop that is closed or has no tasks; False where it has some."""
        if self._tasks and not self.loop.is_closed():
            return False
        self._start_no_more_threads()
        self._forgotten.extend(self._tasks)
        self.cancel_forgotten()
        self._tasks.clear()
        self._rest_if_idle()
        return True

    def close(self) -> None:
        self._start_no_more_threads()
        tasks = list(self._tasks.values())
        self._tasks.clear()
        # Shutting down the client has cancelled them.
        self._forgotten.clear()
        self._rest_if_idle()
        if not self.loop.is_closed():
            for task in tasks:
                task.put(closed(), True)


class _CancelSome:
    """Of a thousand that are cancelled in one turn each takes its turn.

    A loop that is closed drops it, as does one in which it is interrupted: then all that are left are cancelled.
    """

    __slots__ = ("_binding",)

    def __init__(self, binding: _Binding) -> None:
        self._binding = binding

    def __call__(self) -> None:
        if self._binding.cancel_forgotten(CANCELS_AT_ONCE):
            self._binding.loop.call_soon(self)

    def __del__(self) -> None:
        self._binding.cancel_forgotten()
