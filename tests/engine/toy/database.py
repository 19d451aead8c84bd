"""Tables of the toy in a database: owned, secured and granted like the project's own."""

from sqlalchemy import MetaData, NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.migrations.access import CHANGE, offer_to_app, secure
from tests.engine.toy.base import METADATA
from tests.support.databases import TestDatabase

ADMIT_ALL = """
CREATE PROCEDURE check_viewer(organization_id uuid, user_id uuid, role text, credentials_version integer)
LANGUAGE plpgsql AS $$ BEGIN END $$"""
"""Admission of every viewer by the token alone, because libraries have no users."""


async def make_tables(database: TestDatabase, metadata: MetaData = METADATA) -> None:
    """Create all tables, with row-level security forced for every role."""
    engine = create_async_engine(database.owner.url, connect_args=database.owner.connect_args, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await _secure(connection, metadata)
        await connection.execute(text(ADMIT_ALL))
        for statement in offer_to_app("check_viewer(uuid, uuid, text, integer)"):
            await connection.execute(text(statement))


async def _secure(connection: AsyncConnection, metadata: MetaData) -> None:
    for table in metadata.sorted_tables:
        tenant = "organization_id" if "organization_id" in table.c else "id"
        for statement in secure(table.name, CHANGE, tenant=tenant):
            await connection.execute(text(statement))
