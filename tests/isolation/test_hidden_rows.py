"""The attacker with fewer rights: every answer is the same as if the rows that rules hide did not exist."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

import pytest
from sqlalchemy import select

from graphql_app.execution.request import GraphQLRequest
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.roles import Server
from graphql_app.sql.compiled import compile_statement
from graphql_app.sql.parameters import in_tenant
from graphql_app.sql.row_rules import VISIBLE, Audience
from graphql_app.types.schema import Api
from graphql_app.viewer import ANY_VERSION, Viewer
from tests.isolation.conftest import BY_PLANS, BY_RESOLVERS
from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.crawling import TOGETHER
from tests.support.api import Workline, serving
from tests.support.application import load_models
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


async def delete_hidden(database: TestDatabase, actor: Viewer) -> set[str]:
    """Delete the rows of Alpha that rules hide from a viewer, and all references to them. Return the tables."""
    connection, audience, tables = await connect(database.admin), Audience(actor.role, actor.scopes), set[str]()
    shown = {table.name for table in load_models().sorted_tables}
    try:
        await connection.execute("SET session_replication_role = replica")
        models: list[Any] = [*VISIBLE.models()]
        for model in models:
            condition = VISIBLE.condition(model, audience)
            if condition is None or model.__tablename__ not in shown:
                continue
            tables.add(model.__tablename__)
            seen = compile_statement(select(model.id).where(in_tenant(model), condition))
            ids = {"organization": actor.organization_id, "viewer_id": actor.user_id}
            kept = [id for (id,) in await connection.fetch(seen.sql, *seen.arguments(ids))]
            await connection.execute(f"DELETE FROM {model.__tablename__} WHERE id <> ALL ($1)", kept)
        for table in load_models().sorted_tables:
            for column in table.columns if table.name not in tables else ():
                for key in column.foreign_keys:
                    far = key.column.table.name
                    if far in tables and key.column.name == "id":
                        await connection.execute(
                            f"UPDATE {table.name} SET {column.name} = NULL WHERE {column.name} NOT IN "
                            f"(SELECT id FROM {far} WHERE {far}.organization_id = {table.name}.organization_id)"
                        )
    finally:
        await connection.close()
    return tables


async def answers_of(workline: Workline, ground: Ground, probes: Sequence[Probe], actor: Viewer) -> list[Any]:
    """Return the bodies of the responses to all probes, each error in its own place."""
    bodies = []
    for some in batched(probes, TOGETHER):
        document = ground.selections.document(f"p{index}: {probe.text}" for index, probe in enumerate(some))
        request = GraphQLRequest(document, on_error="NULL")
        bodies.append((await workline.executor.execute(request, viewer=actor)).body)
    return bodies


MEMBER, OWNER = ALPHA.viewer("MEMBER"), ALPHA.viewer()
READER = replace(OWNER, scopes=frozenset({"read"}))
ACTORS = {
    "a member": (MEMBER, MEMBER),
    "a demoted owner": (replace(MEMBER, role="OWNER"), MEMBER),
    "a member of an issuer": (replace(MEMBER, credentials_version=ANY_VERSION), MEMBER),
    "a manager": (ALPHA.viewer("MANAGER"), ALPHA.viewer("MANAGER")),
    "a key with the scope read": (READER, READER),
}
"""Viewers with their tokens, and the viewers whose answers they get."""


@pytest.mark.parametrize(
    ("actor", "options"),
    [*((each, BY_PLANS) for each in ACTORS), ("a member", BY_RESOLVERS), ("a key with the scope read", BY_RESOLVERS)],
    ids=lambda value: value if isinstance(value, str) else "plans" if value is BY_PLANS else "resolvers",
)
async def test_an_actor_gets_the_answers_of_a_database_without_the_hidden_rows(
    workline_api: Api,
    postgres: Server,
    organizations_template: str,
    organizations: TestDatabase,
    ground: Ground,
    probes: list[Probe],
    actor: str,
    options: Any,
) -> None:
    viewer, right = ACTORS[actor]
    async with copy_of(postgres, organizations_template) as made:
        assert await delete_hidden(made, right)
        async with (
            serving(workline_api, organizations, options) as full,
            serving(workline_api, made, options) as reduced,
        ):
            found = await answers_of(full, ground, probes, viewer)
            assert found == await answers_of(reduced, ground, probes, right)
    assert any("data" in body and any(body["data"].values()) for body in found)
    codes = {error["extensions"]["code"] for body in found for error in body.get("errors", ())}
    assert codes <= {"FORBIDDEN"}
