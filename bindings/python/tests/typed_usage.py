"""Uses of the package that a type checker has to accept, and some that it has to refuse.

Read by `mypy --strict`, which complains of an ignore that ignores nothing; never run.
"""

from __future__ import annotations

import pathlib
from datetime import datetime, timedelta, timezone

import tcdb_async
from tcdb_async import (
    AsyncClient,
    AsyncRequestInfo,
    Client,
    Credentials,
    CredentialsRequest,
    FetchedCredentials,
    Status,
    TaskFailedError,
    TcdbError,
    Waiter,
    WaitTimeout,
)


def accepted(client: Client) -> str:
    info: AsyncRequestInfo = client.describe_async_request_info("id")
    info = client.wait("id", timeout=60, interval=(1, 10.5), stop_on=[Status.PAUSED], on_poll=print)
    waiter: Waiter = client.start_wait("id", timeout=None, interval=2)
    latest: AsyncRequestInfo | None = waiter.step(0.5)
    due: float | None = waiter.due_in
    try:
        waiter.run(on_poll=lambda each: each.status, raise_on_failure=False)
    except TaskFailedError as failure:
        return failure.info.status_text
    except WaitTimeout as failure:
        return failure.last.status_text if failure.last else ""
    except TcdbError as failure:
        return f"{failure.code} {failure.http_status} {failure.request_id} {failure.attempts} {failure.retryable}"
    return f"{info.info} {latest} {due} {tcdb_async.__version__}"


async def accepted_in_a_loop(client: AsyncClient) -> str:
    info: AsyncRequestInfo = await client.describe_async_request_info("id")
    info = await client.wait("id", timeout=timedelta(minutes=1), stop_on="PAUSED", raise_on_failure=False)
    async for each in client.changes("id", interval=(1, 10)):
        info = each
    return f"{info.to_json()} {info.to_dict()} {client.threads}"


def made() -> list[Client]:
    role = Credentials.from_cvm_role("role", endpoint="http://127.0.0.1:80", connect_timeout=0.5)
    return [
        Client("id", "key", token=None, region="r", ca_file=pathlib.Path("ca.pem"), total_timeout=2, proxy=None),
        Client.from_env(max_attempts=1, language="zh-CN"),
        Client.from_credentials(role, region="r", environment=True, clock_correction=False),
        Client.from_credentials(Credentials.from_profile("work", path="file")),
        Client.from_credentials(Credentials.from_default_chain()),
        Client.from_credentials(Credentials.from_callable(fetch, name="vault", timeout=timedelta(seconds=3))),
        Client.from_credentials(
            Credentials.from_callable(lambda request: FetchedCredentials("id", "key", expires=1.5))
        ),
    ]


def fetch(request: CredentialsRequest) -> FetchedCredentials:
    left: float = request.time_left
    if request.was_refused and left < 1:
        raise tcdb_async.CredentialsError("sealed", retryable=True)
    return FetchedCredentials("id", "key", "token", expires=datetime.now(timezone.utc))


def refused(client: Client) -> None:
    Credentials.from_callable(lambda: FetchedCredentials("id", "key"))  # type: ignore[arg-type, misc]
    Credentials.from_callable(lambda request: ("id", "key"))  # type: ignore[arg-type, return-value]
    Client("id")  # type: ignore[call-arg]
    Client("id", "key", regoin="r")  # type: ignore[call-arg]
    Client("id", "key", max_attempts="3")  # type: ignore[arg-type]
    AsyncClient("id", "key", threads="8")  # type: ignore[arg-type]
    client.wait(5)  # type: ignore[arg-type]
    client.wait("id", 60)  # type: ignore[call-arg]
    client.wait("id", on_poll=lambda: None)  # type: ignore[arg-type, misc]
    client.describe_async_request_info("id").upper()  # type: ignore[attr-defined]
