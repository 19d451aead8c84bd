"""Batches of rows, and their writer, which sends one statement per table, regardless of the number of rows.

``COPY FROM`` would be faster, but PostgreSQL rejects it under row-level security.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from itertools import batched
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from graphql_app.models.base import Base
from schema.seed.organizations import SeedRow

ROWS = 6_000
"""Rows of one batch: enough to make the cost of a statement small, few enough to use little memory."""

type Values = list[dict[str, object]]
type Batch = dict[Table, Values]
"""Rows by table. Each table comes after those that it refers to."""
type Driver = "asyncpg.Connection[Any]"
PATIENCE = 600.0
"""Time limit of a statement, in seconds, in place of the connection's usual one."""
BALANCES = """
    UPDATE accounts
    SET balance = sums.balance, version = 1 + sums.entries, updated_at = greatest(sums.changed_at, closed_at)
    FROM (SELECT account_id, sum(amount) AS balance, count(*) AS entries, max(created_at) AS changed_at
          FROM entries WHERE organization_id = $1 GROUP BY account_id) AS sums
    WHERE accounts.organization_id = $1 AND accounts.id = sums.account_id"""


def batches(rows: Iterable[SeedRow], size: int = ROWS) -> Iterator[Batch]:
    """Yield batches of ``size`` rows."""
    tables = Base.metadata.sorted_tables
    for some in batched(rows, size):
        sorted_: Batch = {table: [] for table in tables}
        for model, values in some:
            sorted_[Base.metadata.tables[model.__tablename__]].append(values)
        yield {table: values for table, values in sorted_.items() if values}


async def ahead[T](items: Iterator[T]) -> AsyncGenerator[T]:
    """Yield the items, each of which is computed in a thread while the previous one is in use."""
    upcoming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
    try:
        while (item := await upcoming) is not None:
            upcoming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
            yield item
    finally:
        # a thread cannot be stopped: its item is discarded
        await asyncio.gather(upcoming, return_exceptions=True)


class Writer:
    """Writer on a driver connection that is in a transaction and sees every organization."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._dialect: Dialect = PGDialect()

    async def write(self, batch: Batch) -> None:
        """Insert all rows."""
        for table, values in batch.items():
            columns = list(values[0])
            arrays = [[row[column] for row in values] for column in columns]
            await self._driver.execute(self._insert(table, columns), *arrays, timeout=PATIENCE)

    async def settle(self, organization: UUID) -> None:
        """Set the balances of an organization's accounts to the sums of their entries."""
        await self._driver.execute(BALANCES, organization, timeout=PATIENCE)

    def _insert(self, table: Table, columns: list[str]) -> str:
        types = (table.c[column].type.compile(self._dialect) for column in columns)
        arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, 1))
        # table names and column types come from the models
        return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608
