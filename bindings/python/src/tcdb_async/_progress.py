"""Waiting for many tasks on a few threads, while the main thread shows how they fare."""

from __future__ import annotations

import queue
import threading

from ._errors import TcdbError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Optional, Union

    from ._client import Client
    from ._results import AsyncRequestInfo
    from ._show import HumanOutput, JsonOutput
    from ._waiter import Waiter

    # Which task, what is new of it, and whether that is its end.
    News = tuple[str, Union[AsyncRequestInfo, TcdbError], bool]

MOST_THREADS = 16
TICK = 0.1


def wait_for_all(
    client: Client,
    ids: list[str],
    timeout: Optional[float],
    interval: Optional[float],
    output: Union[HumanOutput, JsonOutput],
) -> Iterator[tuple[str, Union[AsyncRequestInfo, TcdbError]]]:
    """Yields each task's end as it comes. Ends early only by an exception; then the waits are cancelled."""
    waiters = [client.start_wait(each, timeout=timeout, interval=interval) for each in ids]
    news: queue.SimpleQueue[News] = queue.SimpleQueue()
    for first in range(min(MOST_THREADS, len(waiters))):
        share = waiters[first::MOST_THREADS]
        threading.Thread(target=_carry, args=(share, news), daemon=True).start()
    left = len(waiters)
    try:
        while left:
            try:
                async_request_id, latest, is_end = news.get(timeout=TICK)
            except queue.Empty:
                output.tick(left, len(waiters))
                continue
            if is_end:
                left -= 1
                yield async_request_id, latest
            elif not isinstance(latest, TcdbError):
                output.answer(latest)
    finally:
        for waiter in waiters:
            waiter.cancel()


def _carry(waiters: list[Waiter], news: queue.SimpleQueue[News]) -> None:
    """Steps the waiters, the one that is due first, and in turn those that are due at once."""
    waiting = list(waiters)
    while waiting:
        waiter = min(waiting, key=lambda each: each.due_in or 0.0)
        answers = waiter.answers
        try:
            end: Union[AsyncRequestInfo, TcdbError, None] = waiter.step(60.0)
        except TcdbError as failure:
            end = failure
        except Exception as fault:
            # The main thread counts ends; a thread that dies in silence would let it wait for ever.
            end = TcdbError(f"internal fault: {fault!r}", code="TCDB_ERR_INTERNAL")
        waiting.remove(waiter)
        if end is not None:
            news.put((waiter.async_request_id, end, True))
            continue
        # Behind those that are due as well.
        waiting.append(waiter)
        latest = waiter.latest
        if latest is not None and waiter.answers != answers:
            news.put((waiter.async_request_id, latest, False))
