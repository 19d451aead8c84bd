"""Databases with samples of every kind."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from graphql_app.models.base import new_id
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.domains.kinds import api as domain
from tests.domains.kinds.models import METADATA
from tests.domains.kinds.values import ROWS, sample
from tests.engine.toy.database import make_tables
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import TestDatabase, connected, copy_of, empty_database

ADD = """mutation ($rows: [AddSampleInput!]!) {
  addSamples(inputs: $rows) { results { sample { id } errors { message } } }
}"""
ORGANIZATIONS = [new_id() for _ in range(2)]
"""The collection of the samples, and an empty one."""


@dataclass
class Samples:
    """The API on samples, as the viewer of one collection, and plain SQL."""

    toy: Toy
    admin: DriverConnection
    collection: UUID

    async def fetch(self, query: str, **variables: Any) -> Any:
        """Return the data of a response without errors."""
        return await self.toy.fetch(query, self.collection, **variables)

    async def add(self, *rows: dict[str, Any]) -> list[str]:
        """Return the ids of new samples, made by the API."""
        results = (await self.fetch(ADD, rows=[*rows]))["addSamples"]["results"]
        assert all(not each["errors"] for each in results), results
        return [each["sample"]["id"] for each in results]

    async def column(self, sql: str, *arguments: Any) -> list[Any]:
        """Return the first column of a plain query of the collection's samples."""
        return [row[0] for row in await self.rows(sql, *arguments)]

    async def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Return the rows of a plain query of ``{samples}``."""
        samples = f"(SELECT * FROM samples WHERE organization_id = '{self.collection}') samples"
        return await self.admin.fetch(sql.replace("{samples}", samples), *arguments)


@pytest.fixture(scope="session")
def kinds_api(mode: None) -> Api:
    """Return the domain's API, in both modes."""
    return domain.build()


@pytest.fixture(scope="session")
async def kinds_template(postgres: Server) -> AsyncIterator[str]:
    """Return the name of a database with the domain's tables and two collections."""
    async with empty_database(postgres) as made:
        await make_tables(made, METADATA)
        async with connected(made.admin) as admin:
            for id in ORGANIZATIONS:
                await admin.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Collection')", id)
        yield made.name


@pytest.fixture(scope="session")
async def samples(kinds_api: Api, postgres: Server, kinds_template: str) -> AsyncIterator[Samples]:
    """Yield samples with each value, which the API has written and tests only read."""
    async with (
        copy_of(postgres, kinds_template) as made,
        connected(made.admin) as admin,
        toy_on(kinds_api, made.app) as toy,
    ):
        found = Samples(toy, admin, ORGANIZATIONS[0])
        await found.add(*(sample(index) for index in range(ROWS)))
        yield found


@pytest.fixture
async def own_samples(kinds_api: Api, postgres: Server, kinds_template: str) -> AsyncIterator[Samples]:
    """Return an empty collection that the test may fill."""
    async with (
        copy_of(postgres, kinds_template) as made,
        connected(made.admin) as admin,
        toy_on(kinds_api, made.app) as toy,
    ):
        yield Samples(toy, admin, ORGANIZATIONS[0])


@pytest.fixture
async def kinds_database(postgres: Server, kinds_template: str) -> AsyncIterator[TestDatabase]:
    """Return a database of the domain."""
    async with copy_of(postgres, kinds_template) as made:
        yield made
