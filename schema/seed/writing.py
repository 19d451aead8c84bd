"""Batches written by one statement per table, whatever the number of rows.

``COPY FROM`` would be faster still, but PostgreSQL refuses it under row-level security.
"""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from schema.seed.batches import Batch

type Driver = "asyncpg.Connection[Any]"

PATIENCE = 600.0
"""Seconds that a statement may take, whatever the connection's usual limit is."""
BALANCES = """
    UPDATE accounts
    SET balance = sums.balance, version = 1 + sums.entries, updated_at = greatest(sums.changed_at, closed_at)
    FROM (SELECT account_id, sum(amount) AS balance, count(*) AS entries, max(created_at) AS changed_at
          FROM entries WHERE organization_id = $1 GROUP BY account_id) AS sums
    WHERE accounts.organization_id = $1 AND accounts.id = sums.account_id"""


class Writer:
    """Writes on a driver connection that is in a transaction already and may see every organization."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._dialect: Dialect = PGDialect()  # type: ignore[no-untyped-call]

    async def write(self, batch: Batch) -> None:
        """Insert all rows."""
        for table, values in batch.items():
            columns = list(values[0])
            arrays = [[row[column] for row in values] for column in columns]
            await self._driver.execute(self._insert(table, columns), *arrays, timeout=PATIENCE)

    async def settle(self, organization: UUID) -> None:
        """Give the accounts of an organization the balances that follow from their entries."""
        await self._driver.execute(BALANCES, organization, timeout=PATIENCE)

    def _insert(self, table: Table, columns: list[str]) -> str:
        types = (table.c[column].type.compile(self._dialect) for column in columns)
        arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, 1))
        # names of our own tables, types of our own columns
        return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608
