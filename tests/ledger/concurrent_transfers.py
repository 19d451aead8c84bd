"""Concurrent transfers in plain SQL, each in a separate transaction."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from graphql_app.postgres.admin_connections import DriverConnection
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA

OPEN_ACCOUNT = """
INSERT INTO accounts (organization_id, id, kind, name, currency, balance, minimum_balance)
VALUES ($1, $2, 'OWN', $3, 'AAA', $4, NULL)
"""
TRANSFER = """
BEGIN;
SELECT FROM accounts WHERE organization_id = '{org}' AND id IN ('{source}', '{target}') ORDER BY id FOR NO KEY UPDATE;
UPDATE accounts SET balance = balance - {amount} WHERE organization_id = '{org}' AND id = '{source}';
INSERT INTO transfers (organization_id, id, from_account_id, to_account_id, amount, currency)
VALUES ('{org}', '{id}', '{source}', '{target}', {amount}, 'AAA');
INSERT INTO entries (organization_id, id, transfer_id, account_id, amount) VALUES
('{org}', gen_random_uuid(), '{id}', '{source}', -{amount}), ('{org}', gen_random_uuid(), '{id}', '{target}', {amount});
UPDATE accounts SET balance = balance + {amount} WHERE organization_id = '{org}' AND id = '{target}';
COMMIT;
"""


async def open_accounts(connection: DriverConnection, count: int, balance: int) -> list[UUID]:
    """Open accounts of Alpha with the same balance."""
    accounts = [uuid4() for _ in range(count)]
    rows = [(ALPHA.organization, id, f"Account {index}", balance) for index, id in enumerate(accounts)]
    await connection.executemany(OPEN_ACCOUNT, rows)
    return accounts


async def transfer(connection: DriverConnection, accounts: Sequence[UUID], times: int) -> None:
    """Move amounts between random accounts, each in a transaction of several statements."""
    for _ in range(times):
        source, target = random.sample(accounts, 2)
        amount = random.randint(1, 100)
        text = TRANSFER.format(org=ALPHA.organization, id=uuid4(), source=source, target=target, amount=amount)
        await connection.execute(text)


@asynccontextmanager
async def transferring(
    database: TestDatabase, accounts: Sequence[UUID], *, writers: int, times: int
) -> AsyncIterator[asyncio.Future[list[None]]]:
    """Run transfers by several writers during the block. Yields the task that ends with all of them."""

    async def write() -> None:
        async with database.as_system() as connection:
            await transfer(connection, accounts, times)

    running = asyncio.gather(*(write() for _ in range(writers)))
    try:
        yield running
    finally:
        await running
