"""Writer of batches, with one statement per table, regardless of the number of rows.

``COPY FROM`` would be faster, but PostgreSQL rejects it under row-level security.
"""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Dialect, Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from schema.seed.batches import Batch

type Driver = "asyncpg.Connection[Any]"

PATIENCE = 600.0
"""Time limit of a statement, in seconds, in place of the connection's usual one."""
BALANCES = """
    UPDATE accounts
    SET balance = sums.balance, version = 1 + sums.entries, updated_at = greatest(sums.changed_at, closed_at)
    FROM (SELECT account_id, sum(amount) AS balance, count(*) AS entries, max(created_at) AS changed_at
          FROM entries WHERE organization_id = $1 GROUP BY account_id) AS sums
    WHERE accounts.organization_id = $1 AND accounts.id = sums.account_id"""


class Writer:
    """Writer on a driver connection that is in a transaction and sees every organization."""

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
        """Set the balances of an organization's accounts to the sums of their entries."""
        await self._driver.execute(BALANCES, organization, timeout=PATIENCE)

    def _insert(self, table: Table, columns: list[str]) -> str:
        types = (table.c[column].type.compile(self._dialect) for column in columns)
        arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, 1))
        # table names and column types are those of the models
        return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608
