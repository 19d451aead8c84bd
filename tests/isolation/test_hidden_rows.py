"""The attacker as a member: every answer is the same as if the rows that rules hide from members did not exist."""

from collections.abc import AsyncIterator, Sequence
from itertools import batched
from typing import Any

import pytest

from graphql_app.execution.request import GraphQLRequest
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.roles import Server
from graphql_app.sql.row_rules import VISIBLE, Audience, is_restricted
from graphql_app.types.schema import Api
from tests.isolation.conftest import BY_PLANS, BY_RESOLVERS
from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.crawling import TOGETHER
from tests.support.api import Workline, serving
from tests.support.application import load_models
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MEMBER = ALPHA.viewer("MEMBER")


def hidden_tables() -> set[str]:
    """Return the tables whose rows rules may hide from members."""
    audience = Audience(MEMBER.role, MEMBER.scopes)
    models: Any = [model for model in VISIBLE.models() if is_restricted((VISIBLE,), model, audience)]
    tables = {model.__tablename__ for model in models}
    return tables & {table.name for table in load_models().sorted_tables}


async def delete_hidden(database: TestDatabase) -> None:
    """Delete the hidden rows of Alpha, and all references to them. Every rule of the application hides whole tables."""
    connection, hidden = await connect(database.admin), hidden_tables()
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in load_models().sorted_tables:
            for column in table.columns if table.name not in hidden else ():
                if any(key.column.table.name in hidden and key.column.name == "id" for key in column.foreign_keys):
                    await connection.execute(f"UPDATE {table.name} SET {column.name} = NULL")
        for name in hidden:
            await connection.execute(f"DELETE FROM {name}")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def without_hidden(postgres: Server, organizations_template: str) -> AsyncIterator[TestDatabase]:
    """Provide both organizations without the rows that members do not see."""
    async with copy_of(postgres, organizations_template) as made:
        await delete_hidden(made)
        yield made


async def answers_of(workline: Workline, ground: Ground, probes: Sequence[Probe]) -> list[Any]:
    """Return the bodies of the responses to all probes as a member, each error in its own place."""
    bodies = []
    for some in batched(probes, TOGETHER):
        document = ground.selections.document(f"p{index}: {probe.text}" for index, probe in enumerate(some))
        request = GraphQLRequest(document, on_error="NULL")
        bodies.append((await workline.executor.execute(request, viewer=MEMBER)).body)
    return bodies


@pytest.mark.parametrize("options", [BY_PLANS, BY_RESOLVERS], ids=["plans", "resolvers"])
async def test_a_member_gets_the_answers_of_a_database_without_the_hidden_rows(
    workline_api: Api,
    organizations: TestDatabase,
    without_hidden: TestDatabase,
    ground: Ground,
    probes: list[Probe],
    options: Any,
) -> None:
    assert hidden_tables()
    async with (
        serving(workline_api, organizations, options) as full,
        serving(workline_api, without_hidden, options) as reduced,
    ):
        found = await answers_of(full, ground, probes)
        assert found == await answers_of(reduced, ground, probes)
    assert any("data" in body and any(body["data"].values()) for body in found)
    codes = {error["extensions"]["code"] for body in found for error in body.get("errors", ())}
    assert codes <= {"FORBIDDEN"}
