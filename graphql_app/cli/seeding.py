"""Filling a database with made-up organizations, on behalf of whoever sees them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.cli.progress import Bars
from graphql_app.database.security import SYSTEM
from graphql_app.postgres.addresses import Address


def fill(owner: Address, sizes: Any) -> None:
    """Write what ``sizes`` (of ``schema.seed``) asks for, all of it or nothing, and show how far it is."""
    with Bars() as bars:
        asyncio.run(write(owner, sizes, bars))


async def write(owner: Address, sizes: Any, bars: Bars) -> None:
    """The same inside an event loop."""
    from schema.seed import seed

    async with as_system(owner) as connection:
        await seed(connection, sizes, bars)
        await connection.commit()


async def is_empty(owner: Address) -> bool:
    """Whether there is no organization at all."""
    async with as_system(owner) as connection:
        return not await connection.scalar(text("SELECT EXISTS (SELECT FROM organizations)"))


@asynccontextmanager
async def as_system(owner: Address) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the rows of every organization."""
    engine = create_async_engine(owner.url, connect_args=owner.connect_args, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SET ROLE {SYSTEM}"))
            await connection.commit()
            yield connection
    finally:
        await engine.dispose()
