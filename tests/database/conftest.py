"""Connections to a migrated database with two organizations and rows in every table."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import SYSTEM, Server
from tests.database.sample_rows import fill
from tests.support.databases import TestDatabase, connected, copy_of

Two = tuple[UUID, UUID]


@pytest.fixture(scope="session")
async def filled(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide the database. A test that changes it rolls back."""
    async with copy_of(postgres, template) as made:
        yield made


@pytest.fixture(scope="session")
async def two(filled: TestDatabase) -> Two:
    """Return the ids of its two organizations."""
    engine = create_async_engine(filled.owner.url, connect_args=filled.owner.connect_args, poolclass=NullPool)
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(text(f"SET LOCAL ROLE {SYSTEM}"))
        return await fill(session, "First"), await fill(session, "Second")


@pytest.fixture
async def admin(filled: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Connect as the administrator, to read the catalogue."""
    async with connected(filled.admin) as connection:
        yield connection


@pytest.fixture
async def rows(admin: DriverConnection, two: Two) -> AsyncIterator[DriverConnection]:
    """Begin a transaction over the two organizations, in which a test may assume any role, and roll it back."""
    transaction = admin.transaction()
    await transaction.start()
    yield admin
    await transaction.rollback()


@pytest.fixture
async def app(filled: TestDatabase, two: Two) -> AsyncIterator[DriverConnection]:
    """Connect as the application."""
    async with connected(filled.app) as connection:
        yield connection


@pytest.fixture
async def owner(filled: TestDatabase, two: Two) -> AsyncIterator[DriverConnection]:
    """Connect as the owner."""
    async with connected(filled.owner) as connection:
        yield connection
