"""Waiting for many tasks with one queue, while the main thread shows how they fare."""

from __future__ import annotations

from ._arguments import timeout_milliseconds
from ._errors import TcdbError, closed
from ._wait_queue import WaitQueue, task_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Optional, Union

    from ._client import Client
    from ._results import AsyncRequestInfo
    from ._show import HumanOutput, JsonOutput

THREADS = 8
TICK_MS = 100


def wait_for_all(
    client: Client,
    ids: list[str],
    timeout: Optional[float],
    interval: Optional[float],
    output: Union[HumanOutput, JsonOutput],
) -> Iterator[tuple[int, Union[AsyncRequestInfo, TcdbError]]]:
    """Yields each task's end as it comes, with its id's place. Ends early only by an exception."""
    queue = WaitQueue(client._opened(), THREADS)
    limit, options = timeout_milliseconds("timeout", timeout), task_options(interval, changes=True)
    places = {queue.add(each, limit, options): place for place, each in enumerate(ids)}
    while queue.start_thread():
        pass
    left = len(places)
    while left:
        event = queue.next(TICK_MS)
        if event is None:
            if not queue.has_threads():
                raise closed()
            output.tick(left, len(places))
            continue
        place = places[event.task]
        outcome = event.outcome(ids[place])
        if event.is_final:
            left -= 1
            yield place, outcome
        elif not isinstance(outcome, TcdbError):
            output.answer(place, outcome)
