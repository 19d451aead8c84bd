"""Failures of continuations, and of operations after a commit: the payload shows the committed record."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError
from sqlalchemy import text
from structlog.testing import capture_logs

from graphql_app.database.connection import PooledConnection
from graphql_app.database.pool import ConnectionPool, PoolOptions
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Forbidden, Invalid, Unavailable
from graphql_app.execution import runner
from graphql_app.execution.errors import PartlyCommitted
from graphql_app.execution.request import GraphQLRequest
from graphql_app.mutations.calls import ContinuationContext
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.schema import Api
from tests.engine.backend_activity import assert_clean
from tests.engine.datasets import library
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy, toy_on, viewer_of, wide
from tests.support.databases import TestDatabase

LARGE, ROWS = library("large").organization, library("large").rows
SHELF = ROWS["shelves"][0]["id"]
ERRORS = "errors { __typename code message path ... on ContinuationError { errorId } }"
COUNT = "SELECT count(*) FROM books WHERE organization_id = $1"


def run(name: str = "add", key: str = "") -> str:
    """Return a root field that runs the rule of this name."""
    return f'run(name: "{name}") {key} {{ book {{ title version }} {ERRORS} }}'


def adding(title: str = "New") -> Callable[[WriteTransaction], Awaitable[Book]]:
    """Return a rule that adds a book."""

    async def add(tx: WriteTransaction) -> Book:
        return await tx.save(Book(organization_id=tx.organization_id, shelf_id=SHELF, title=title))

    return add


def raising(error: BaseException) -> Callable[[ContinuationContext, UUID], Awaitable[None]]:
    """Return a continuation that fails."""

    async def fail(run: ContinuationContext, id: UUID) -> None:
        raise error

    return fail


async def wait_forever(run: ContinuationContext, id: UUID) -> None:
    await asyncio.Event().wait()


async def fail_in_the_database(run: ContinuationContext, id: UUID) -> None:
    async def divide(tx: WriteTransaction) -> None:
        await tx.execute(text("SELECT 1 / 0"))

    await run(divide)


async def break_a_constraint_without_a_name(run: ContinuationContext, id: UUID) -> None:
    async def insert(tx: WriteTransaction) -> None:
        await tx.execute(text("INSERT INTO books (organization_id, id) VALUES (NULL, NULL)"))

    await run(insert)


async def leave_a_cancelled_task(run: ContinuationContext, id: UUID) -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


FAILURES: dict[str, Callable[[ContinuationContext, UUID], Awaitable[None]]] = {
    "a bug": raising(KeyError("a secret")),
    "a group of bugs": raising(ExceptionGroup("a secret", [KeyError("a secret")])),
    "a request error": raising(Forbidden()),
    "an error of graphql-core": raising(GraphQLError("a secret")),
    "an unavailable service": raising(Unavailable()),
    "an unavailable network": raising(OSError("a secret")),
    "its own timeout": raising(TimeoutError()),
    "its own cancellation": raising(asyncio.CancelledError()),
    "a cancelled task": leave_a_cancelled_task,
    "a failing statement": fail_in_the_database,
    "a constraint without a name": break_a_constraint_without_a_name,
}


def committed(answer: Any) -> list[str]:
    """Return the codes of the errors beside a book that is shown as committed."""
    assert answer["book"] == {"title": "New", "version": 1}
    return [error["code"] for error in answer["errors"]]


async def test_an_error_of_a_continuation_is_reported_beside_the_record(own_toy: Toy, admin: DriverConnection) -> None:
    own_toy.script.rules["add"] = adding()
    before = await admin.fetchval(COUNT, LARGE)
    for name, failure in FAILURES.items():
        own_toy.script.continuation = failure
        with capture_logs() as logs:
            answer = (await own_toy.fetch(f"mutation {{ {run()} }}", LARGE))["run"]
        assert committed(answer) == ["CONTINUATION_FAILED"], name
        (error,) = answer["errors"]
        assert (error["__typename"], error["path"]) == ("ContinuationError", [])
        assert "secret" not in error["message"]
        assert [log["error_id"] for log in logs if log["event"] == "continuation failed"] == [error["errorId"]]
    assert await admin.fetchval(COUNT, LARGE) == before + len(FAILURES)
    await assert_clean(own_toy.connections, admin)


async def test_a_rule_error_of_a_continuation_keeps_its_type(own_toy: Toy) -> None:
    own_toy.script.rules["add"], own_toy.script.continuation = adding(), raising(Invalid("Not now.", "id"))
    answer = (await own_toy.fetch(f"mutation {{ {run()} }}", LARGE))["run"]
    assert committed(answer) == ["INVALID"]
    assert (answer["errors"][0]["message"], answer["errors"][0]["path"]) == ("Not now.", ["id"])


async def test_fields_after_a_failed_continuation_are_executed(own_toy: Toy) -> None:
    own_toy.script.rules["add"], own_toy.script.continuation = adding(), FAILURES["a bug"]
    data = await own_toy.fetch(f"mutation {{ a: {run()} b: {run()} }}", LARGE)
    assert [committed(answer) for answer in data.values()] == [["CONTINUATION_FAILED"]] * 2


async def test_a_repeated_call_with_the_same_key_completes_the_continuation(
    own_toy: Toy, admin: DriverConnection
) -> None:
    script, before = own_toy.script, await admin.fetchval(COUNT, LARGE)
    script.rules["add"], script.continuation = adding(), FAILURES["a bug"]
    mutation = f"mutation {{ {run(key='@idempotent(key: "k")')} }}"
    for _ in range(2):
        assert committed((await own_toy.fetch(mutation, LARGE))["run"]) == ["CONTINUATION_FAILED"]
    completed: list[UUID] = []

    async def complete(run: ContinuationContext, id: UUID) -> None:
        completed.append(id)

    script.continuation = complete
    assert committed((await own_toy.fetch(mutation, LARGE))["run"]) == []
    assert await admin.fetchval(COUNT, LARGE) == before + 1
    assert completed == [await admin.fetchval("SELECT id FROM books WHERE title = 'New'")]


async def test_every_field_of_a_transaction_shows_its_record(own_toy: Toy, admin: DriverConnection) -> None:
    own_toy.script.rules["add"] = adding()
    before = await admin.fetchval(COUNT, LARGE)
    for name, failure in FAILURES.items():
        own_toy.script.continuation = failure
        data = await own_toy.fetch(f"mutation @transaction {{ a: {run()} b: {run()} }}", LARGE)
        assert [committed(answer) for answer in data.values()] == [["CONTINUATION_FAILED"]] * 2, name
    assert await admin.fetchval(COUNT, LARGE) == before + 2 * len(FAILURES)


@asynccontextmanager
async def stopping(api: Api, database: TestDatabase, pool: PoolOptions | None = None) -> AsyncIterator[Toy]:
    """Open a toy with a short timeout on an open connection."""
    async with toy_on(api, database.app, pool or PoolOptions(), wide(timeout=1)) as toy:
        await toy.fetch("{ books { totalCount } }", LARGE)
        yield toy


@pytest.mark.parametrize("directive", ["", "@transaction"])
async def test_a_timeout_of_a_continuation_is_reported_beside_the_record(
    api: Api, own_database: TestDatabase, admin: DriverConnection, directive: str
) -> None:
    async with stopping(api, own_database) as toy:
        toy.script.rules["add"], toy.script.continuation = adding(), wait_forever
        with capture_logs() as logs:
            response = await toy.respond(f"mutation {directive} {{ a: {run()} }}", LARGE)
        assert "errors" not in response.body
        answer = response.body["data"]["a"]
        assert committed(answer) == ["CONTINUATION_FAILED"]
        noted = [log["error_id"] for log in logs if log["event"] == "continuation failed"]
        assert noted == [answer["errors"][0]["errorId"]]
        await assert_clean(toy.connections, admin)


@pytest.mark.parametrize("slow", ["run", "shout"])
async def test_a_timeout_of_a_field_does_not_hide_the_previous_field(
    api: Api, own_database: TestDatabase, admin: DriverConnection, slow: str
) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    async with stopping(api, own_database) as toy:

        async def sleep(tx: WriteTransaction) -> None:
            await tx.execute(text("SELECT pg_sleep(60)"))

        toy.script.rules |= {"add": adding(), "sleep": sleep}
        last = f"b: {run('sleep')} c: {run()}" if slow == "run" else f"b: {run('sleep')} shout"
        response = await toy.respond(f"mutation {{ a: {run()} {last} }}", LARGE)
        others = [name for name in response.body["data"] if name != "a"]
        assert committed(response.body["data"]["a"]) == []
        assert [response.body["data"][name] for name in others] == [None, None]
        assert [(error["path"], error["extensions"]["code"]) for error in response.body["errors"]] == [
            ([name], "OPERATION_TIMEOUT") for name in others
        ]
        assert await admin.fetchval(COUNT, LARGE) == before + 1
        await assert_clean(toy.connections, admin)


@pytest.mark.parametrize("directive", ["", "@transaction"])
async def test_a_field_that_fails_does_not_hide_the_others(own_toy: Toy, directive: str) -> None:
    async def bug(tx: WriteTransaction) -> Book:
        raise KeyError("a secret")

    own_toy.script.rules |= {"add": adding(), "bug": bug}
    response = await own_toy.respond(f"mutation {directive} {{ a: {run()} b: {run('bug')} }}", LARGE)
    assert [(error["path"], error["extensions"]["code"]) for error in response.body["errors"]] == [
        (["b"], "INTERNAL_SERVER_ERROR")
    ]
    assert response.body["data"]["b"] is None
    undone = ["TRANSACTION_ROLLED_BACK"]
    a = response.body["data"]["a"]
    assert [error["code"] for error in a["errors"]] == undone if directive else committed(a) == []


async def test_a_connection_lost_after_the_commit_leaves_its_outcome_known(
    own_toy: Toy, admin: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await admin.fetchval(COUNT, LARGE)

    async def away(connections: ConnectionPool) -> PooledConnection:
        raise OSError("unreachable")

    async def cut(run: ContinuationContext, id: UUID) -> None:
        monkeypatch.setattr(ConnectionPool, "acquire", away)

    own_toy.script.rules["add"], own_toy.script.continuation = adding(), cut
    response = await own_toy.respond(f"mutation {{ {run()} }}", LARGE)
    assert response.body["data"] == {"run": {"book": None, "errors": []}}
    assert [(error["path"], error["extensions"]["code"]) for error in response.body["errors"]] == [
        (["run", "book"], "SERVICE_UNAVAILABLE")
    ]
    assert await admin.fetchval(COUNT, LARGE) == before + 1


async def test_a_stopped_operation_has_a_short_time_to_read_its_payload(
    api: Api, own_database: TestDatabase, admin: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "SECONDS_AFTER_STOP", 0.2)
    async with stopping(api, own_database, PoolOptions(size=1, timeout=60)) as toy:
        holding: list[PooledConnection] = []

        async def hold(run: ContinuationContext, id: UUID) -> None:
            holding.append(await toy.connections.acquire())
            await asyncio.Event().wait()

        toy.script.rules["add"], toy.script.continuation = adding(), hold
        response = await toy.respond(f"mutation {{ {run()} }}", LARGE)
        answer = response.body["data"]["run"]
        assert (answer["book"], [error["code"] for error in answer["errors"]]) == (None, ["CONTINUATION_FAILED"])
        assert [(error["path"], error["extensions"]["code"]) for error in response.body["errors"]] == [
            (["run", "book"], "OPERATION_TIMEOUT")
        ]
        await toy.connections.release(holding[0])
        await assert_clean(toy.connections, admin)


async def test_a_cancelled_operation_names_the_committed_fields(own_toy: Toy) -> None:
    begun = asyncio.Event()

    async def wait(run: ContinuationContext, id: UUID) -> None:
        begun.set()
        await wait_forever(run, id)

    own_toy.script.rules["add"], own_toy.script.continuation = adding(), wait
    request = GraphQLRequest(f"mutation {{ a: {run()} b: {run()} }}")
    operation = asyncio.ensure_future(own_toy.executor.execute(request, viewer=viewer_of(LARGE)))
    await begun.wait()
    operation.cancel()
    with pytest.raises(PartlyCommitted) as cancelled:
        await operation
    (error,) = cancelled.value.response.body["errors"]
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "committed": ["a"], "unknown": []}
    assert "Saved: a." in error["message"]
    assert cancelled.value.response.executed


async def test_a_commit_without_a_response_has_an_unknown_outcome(
    own_toy: Toy, admin: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(lease: PooledConnection, *beginning: Any) -> None:
        raise TimeoutError

    own_toy.script.rules["add"] = adding()
    monkeypatch.setattr(PooledConnection, "commit", lose)
    response = await own_toy.respond(f"mutation {{ {run()} }}", LARGE)
    assert (response.body["data"], response.codes) == ({"run": None}, ["SERVICE_UNAVAILABLE"])
    assert "unknown whether it is saved" in response.body["errors"][0]["message"]


async def test_an_operation_that_stops_during_its_commit_has_an_unknown_outcome(
    api: Api, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(lease: PooledConnection, *beginning: Any) -> None:
        await asyncio.Event().wait()

    async with stopping(api, own_database) as toy:
        toy.script.rules["add"] = adding()
        monkeypatch.setattr(PooledConnection, "commit", hang)
        response = await toy.respond(f"mutation {{ a: {run()} b: {run()} }}", LARGE)
        assert response.body["data"] == {"a": None, "b": None}
        assert response.codes == ["SERVICE_UNAVAILABLE", "OPERATION_TIMEOUT"]
        assert "unknown whether it is saved" in response.body["errors"][0]["message"]


async def test_a_rule_refused_with_a_request_error_runs_once(own_toy: Toy) -> None:
    runs: list[int] = []

    async def refuse(tx: WriteTransaction) -> Book:
        runs.append(len(runs))
        raise Forbidden

    own_toy.script.rules["refuse"] = refuse
    assert (await own_toy.respond(f"mutation {{ {run('refuse')} }}", LARGE)).codes == ["FORBIDDEN"]
    assert runs == [0]
