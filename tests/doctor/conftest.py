"""Databases that tests may damage: an empty one, and one with rows."""

from collections.abc import AsyncIterator, Iterator
from functools import cache

import pytest

from graphql_app.doctor.findings import Subject
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.roles import Server
from graphql_app.testing.database_reset import RestoredDatabase, restored
from schema.seed import Sizes
from tests.doctor.subjects import subject_of
from tests.seed.seeded import fill
from tests.support.databases import TestDatabase, connected, copy_of


@pytest.fixture(scope="session", autouse=True)
def cached_script() -> Iterator[None]:
    """Reuse the SQL of the migrations in all tests, because Alembic takes a second to write it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Migrations, "script", cache(Migrations.script))
        yield


@pytest.fixture
async def subject(database: TestDatabase) -> AsyncIterator[Subject]:
    """Provide an empty database."""
    async with subject_of(database) as subject:
        yield subject


@pytest.fixture
async def admin(database: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Connect to the empty database as an administrator."""
    async with connected(database.admin) as connection:
        yield connection


@pytest.fixture(scope="session")
async def seeded_template(postgres: Server, template: str) -> AsyncIterator[str]:
    """Return the name of a database with two organizations."""
    async with copy_of(postgres, template) as made:
        await fill(made, Sizes(tasks=40))
        yield made.name


@pytest.fixture(scope="session")
async def restored_seeded(postgres: Server, seeded_template: str) -> AsyncIterator[RestoredDatabase]:
    """Provide two organizations, restored after each test that damages them."""
    async with restored(postgres, seeded_template) as database:
        yield database


@pytest.fixture
async def seeded(restored_seeded: RestoredDatabase) -> AsyncIterator[TestDatabase]:
    """Provide two organizations for one test to damage."""
    async with restored_seeded.lent() as database:
        yield database
