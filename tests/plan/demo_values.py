"""Pools of the real schema: values of the demo and of Alpha, and mutations that change nothing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.registry import type_name_of
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.plan.documents.pools import UNKNOWN, Pools
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA

ROLES = ("OWNER", "MANAGER", "MEMBER")
FIRST_USER = """
    SELECT id FROM users WHERE organization_id = $1 AND role = $2 AND deactivated_at IS NULL ORDER BY id LIMIT 1"""


@dataclass(frozen=True)
class DemoWorld:
    """Pools of documents about the demo's first organization and Alpha, which has nulls in every nullable column."""

    pools: Pools
    viewers: list[Viewer]


async def look_at(api: Api, database: TestDatabase) -> DemoWorld:
    """Read the values of a seeded database."""
    async with database.as_system() as connection:
        own = await _organization_of_the_demo(connection)
        both = [own, ALPHA.organization]
        ids = {type_name_of(model): await _ids(connection, model, both) for model in api.nodes}
        foreign = "SELECT id::text FROM tasks WHERE organization_id <> ALL($1) LIMIT 1"
        other = await connection.fetchval(foreign, both)
        users = {role: await connection.fetchval(FIRST_USER, own, role) for role in ROLES}
        times = "SELECT created_at FROM tasks WHERE organization_id = $1 ORDER BY id LIMIT 5"
        moments = [row["created_at"].isoformat() for row in await connection.fetch(times, own)]
    viewers = [viewer for role in ROLES for viewer in (Viewer(users[role], own, role), ALPHA.viewer(role))]
    return DemoWorld(_pools(ids, other, moments), viewers)


async def _organization_of_the_demo(connection: DriverConnection) -> UUID:
    sql = "SELECT organization_id FROM tasks GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    found: UUID = await connection.fetchval(sql)
    return found


async def _ids(connection: DriverConnection, model: Any, organizations: list[UUID]) -> list[str]:
    """Return the ids of a few rows of a table in each organization."""
    tenant = "organization_id" if "organization_id" in model.__table__.c else "id"
    sql = f"SELECT id::text FROM {model.__tablename__} WHERE {tenant} = $1 ORDER BY id LIMIT 3"
    return [row["id"] for each in organizations for row in await connection.fetch(sql, each)]


def _pools(ids: dict[str, list[str]], foreign: str, moments: list[str]) -> Pools:
    """Return values of rows, and others."""
    return Pools(
        ids=ids,
        foreign=[foreign],
        texts=["a", "e", "Anna", "the", "EUR", "AAA", "Alpha", "%", "_", "", "Äß"],
        scalars={
            "Int": [0, 1, 2, 3, 5, 30],
            "Boolean": [True, False],
            "Decimal": ["0", "1", "12.50", "100.00", "-5.00"],
            "DateTime": [*moments, ALPHA.since.isoformat()],
        },
        words={"timeZone": ["UTC", "Europe/Berlin"], "query": ["the", "repair", "Alpha", '"a b" -c']},
        odd_words={"timeZone": ["Nowhere"], "query": ["", "-", '"']},
        mutations={
            "completeTask": [
                (("input", f'{{id: "{ids["Task"][0]}", expectedVersion: 9999}}'),),
                (("input", f'{{id: "{UNKNOWN}"}}'),),
                (("input", '{id: "garbage"}'),),
            ],
            "createTask": [(("input", '{title: ""}'),), (("input", f'{{title: "New", categoryId: "{UNKNOWN}"}}'),)],
            "logIn": [(("input", '{email: "unknown@example.com", password: "nothing"}'),)],
        },
    )
