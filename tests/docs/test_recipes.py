"""Examples of docs/recipes.md, each run on organizations that a test may change."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from uuid import UUID

import pytest
from sqlalchemy import text

from graphql_app.context import Context
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction import BackgroundTransactions, WriteTransaction
from graphql_app.errors import Conflict
from graphql_app.execution.executor import Executor
from graphql_app.execution.request import GraphQLRequest
from graphql_app.limits import Limits
from graphql_app.loaders import Loaders
from graphql_app.pacing import Pacer, Pacing
from graphql_app.types.schema import Api, build_schema
from schema.work.models import Label
from tests.docs.code_blocks import blocks
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.settings import settings_for

PAGE = "docs/recipes.md"
LABEL = id_of("labels", 0)


def defines(text: str, name: str) -> bool:
    return f"def {name}(" in text or f"class {name}:" in text


@pytest.fixture
def recipe(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """Return the module of the block that defines the name in the fixture's parameter."""
    (text,) = [block.text for block in blocks(PAGE) if defines(block.text, request.param)]
    module = ModuleType("recipe")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "recipe", module)
        exec(compile(text, PAGE, "exec"), vars(module))  # the page is the source
        yield module


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("recipe", [name], indirect=True, ids=[name])


@pytest.fixture
async def connections(own_organizations: TestDatabase) -> AsyncIterator[ConnectionPool]:
    pool = open_pool(own_organizations.app, settings_for(own_organizations, pool_size=2))
    yield pool
    await pool.close()


@pytest.fixture
def transactions(connections: ConnectionPool) -> BackgroundTransactions:
    return BackgroundTransactions(connections)


async def labels(database: TestDatabase, organization: UUID = ALPHA.organization) -> dict[str, str]:
    """Return the colors of an organization's labels by name."""
    async with database.as_system() as connection:
        rows = await connection.fetch("SELECT name, color FROM labels WHERE organization_id = $1", organization)
    return {row["name"]: row["color"] for row in rows}


@of("count_labels")
async def test_a_resolver_reads_from_the_session_of_the_operation(
    recipe: ModuleType, connections: ConnectionPool
) -> None:
    session = OperationSession(connections, BRAVO.organization)
    context = Context(session, Loaders(session, [Label], Pacing(Pacer(), 0)), Limits())
    assert await recipe.count_labels(context) == BRAVO.rows
    await session.close()


@of("longest_label")
async def test_synchronous_code_runs_in_the_same_transaction(
    recipe: ModuleType, transactions: BackgroundTransactions, own_organizations: TestDatabase
) -> None:
    found = await transactions.run(ALPHA.organization, recipe.longest_label)
    assert len(found) == max(map(len, await labels(own_organizations)))


@of("recolor")
async def test_a_rule_runs_again_after_a_serialization_failure(
    recipe: ModuleType, transactions: BackgroundTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, calls = WriteTransaction.update, []

    async def failing(tx: WriteTransaction, *arguments: object, **given: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            await tx.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'serialization_failure'; END $$"))
        return await update(tx, *arguments, **given)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(WriteTransaction, "update", failing)
    changed = await recipe.recolor(transactions, ALPHA.organization, LABEL, "#00ff00")
    assert (changed.color, len(calls)) == ("#00ff00", 2)


@of("count_in_each")
async def test_tasks_with_separate_sessions_run_concurrently(recipe: ModuleType, connections: ConnectionPool) -> None:
    organizations = [ALPHA.organization, BRAVO.organization] * 3
    counted = await recipe.count_in_each(connections, organizations)
    assert counted == {ALPHA.organization: ALPHA.rows, BRAVO.organization: BRAVO.rows}


@of("add_labels")
async def test_a_failed_row_does_not_affect_the_others(
    recipe: ModuleType, transactions: BackgroundTransactions, own_organizations: TestDatabase
) -> None:
    names = ["Urgent", "x" * 51, "Later", "Urgent"]
    refused = await transactions.run(ALPHA.organization, lambda tx: recipe.add_labels(tx, names, "#0000ff"))
    assert refused == ["x" * 51, "Urgent"]
    assert {"Urgent", "Later"} <= (await labels(own_organizations)).keys()


@of("translate_label")
async def test_no_connection_is_held_during_a_slow_call(
    recipe: ModuleType, transactions: BackgroundTransactions, connections: ConnectionPool
) -> None:
    async def translate(name: str) -> str:
        assert connections.status()["borrowed"] == 0
        return "Dringend"

    translated = await recipe.translate_label(transactions, ALPHA.organization, LABEL, translate)
    assert translated.name == "Dringend"


@of("translate_label")
async def test_a_change_during_a_slow_call_is_not_overwritten(
    recipe: ModuleType, transactions: BackgroundTransactions, own_organizations: TestDatabase
) -> None:
    async def translate(name: str) -> str:
        await transactions.run(ALPHA.organization, lambda tx: tx.update(Label, LABEL, name="Theirs"))
        return "Mine"

    with pytest.raises(Conflict):
        await recipe.translate_label(transactions, ALPHA.organization, LABEL, translate)
    assert {"Theirs"} == {"Theirs", "Mine"} & (await labels(own_organizations)).keys()


@of("recolor_all")
async def test_batches_change_every_row_of_the_organization_once(
    recipe: ModuleType, transactions: BackgroundTransactions, own_organizations: TestDatabase
) -> None:
    before = await labels(own_organizations, BRAVO.organization)
    assert await recipe.recolor_all(transactions, ALPHA.organization, "#123456", size=2) == ALPHA.rows
    assert set((await labels(own_organizations)).values()) == {"#123456"}
    assert await labels(own_organizations, BRAVO.organization) == before


@of("ExchangeRates")
async def test_a_response_is_fetched_once_and_a_failure_is_retried(recipe: ModuleType) -> None:
    asked: list[str] = []

    async def fetch(currency: str) -> float:
        asked.append(currency)
        await asyncio.sleep(0)
        if currency == "XXX":
            raise OSError("unreachable")
        return 1.25

    rates = recipe.ExchangeRates(fetch)
    assert await asyncio.gather(*(rates.rate("USD") for _ in range(3))) == [1.25] * 3
    assert [await rates.rate("XXX") for _ in range(2)] == [None, None]
    assert asked == ["USD", "XXX", "XXX"]


@of("ExchangeRates")
async def test_a_late_response_is_null(recipe: ModuleType) -> None:
    async def fetch(currency: str) -> float:
        await asyncio.Event().wait()
        return 1.0

    assert await recipe.ExchangeRates(fetch, timeout=0.01).rate("USD") is None


@of("next_review")
async def test_a_member_is_refused_and_a_manager_is_not(
    recipe: ModuleType, connections: ConnectionPool, workline_api: Api
) -> None:
    api = build_schema(nodes=workline_api.nodes, queries=[recipe.Query], roles=workline_api.roles)
    executor, request = Executor(api, connections), GraphQLRequest("{ nextReview }")
    refused = (await executor.execute(request, viewer=ALPHA.viewer("MEMBER"))).body
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
    shown = (await executor.execute(request, viewer=ALPHA.viewer("MANAGER"))).body
    assert shown == {"data": {"nextReview": "2027-01-01"}}


@of("is_exhausted")
async def test_a_pool_without_a_free_connection_is_exhausted(recipe: ModuleType, connections: ConnectionPool) -> None:
    sessions = [OperationSession(connections, ALPHA.organization) for _ in range(2)]
    assert not recipe.is_exhausted(connections)
    for session in sessions:
        await session.check()
    assert recipe.is_exhausted(connections)
    for session in sessions:
        await session.close()
    assert not recipe.is_exhausted(connections)


def test_every_example_of_the_page_has_a_test() -> None:
    marks = [mark for test in list(globals().values()) for mark in getattr(test, "pytestmark", [])]
    tested = {mark.args[1][0] for mark in marks if mark.name == "parametrize"} | {"read_color"}  # in test_kinds.py
    texts = [block.text for block in blocks(PAGE)]
    assert texts
    assert [text for text in texts if not any(defines(text, name) for name in tested)] == []
