"""Seeding of a database with made-up organizations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.cli.progress import Bars
from graphql_app.postgres.addresses import Address

if TYPE_CHECKING:
    from schema.seed import Sizes


def fill(owner: Address, sizes: "Sizes", *, add: bool = False) -> None:
    """Write the organizations of ``sizes``, all or none, and show the progress.

    Raises PostgresError if there are organizations already. With ``add``, the new ones are added to them.
    """
    with Bars() as bars:
        asyncio.run(write(owner, sizes, bars, add))


def is_empty(owner: Address) -> bool:
    """Return True if the database has no organization."""
    return asyncio.run(look(owner))


async def write(owner: Address, sizes: "Sizes", bars: Bars, add: bool) -> None:
    """Write the organizations. Runs inside an event loop."""
    from schema.seed import seed

    async with connected(owner) as connection:
        await seed(connection, sizes, bars, add=add)


async def look(owner: Address) -> bool:
    """Return True if the database has no organization. Runs inside an event loop."""
    from schema.seed import is_empty

    async with connected(owner) as connection:
        return await is_empty(connection)


@asynccontextmanager
async def connected(owner: Address) -> AsyncIterator[AsyncConnection]:
    """Connect to the database with SQLAlchemy, outside of any pool."""
    engine = create_async_engine(owner.url, connect_args=owner.connect_args, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
