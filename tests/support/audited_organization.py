"""Organization of a single test, whose rules run like in the engine, with an audit of its money."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction import BackgroundTransactions, WriteTransaction
from graphql_app.errors import Refused, RuleError, rule_errors
from graphql_app.viewer import Viewer
from schema.billing import rules as billing
from schema.billing.checks import CHECKS as BILLING
from schema.billing.ledger_provider import LedgerProvider
from schema.billing.models import Order
from schema.billing.payment_completion import Payments
from schema.ledger import rules as ledger
from schema.ledger.checks import CHECKS as LEDGER
from schema.ledger.models import Account, AccountKind
from schema.work.rules.orders import place_order
from tests.support.databases import TestDatabase
from tests.support.settings import settings_for

FOUND = "INSERT INTO organizations (id, name) VALUES ($1, 'A shop')"
JOIN = (
    "INSERT INTO users (organization_id, id, name, email, role) "
    "VALUES ($1, $2, 'Mia', gen_random_uuid() || '@shop.example', $3)"
)

Rule = Callable[..., Awaitable[Any]]
Refusals = list[tuple[str, list[str]]]
"""Codes and paths of the errors."""


@dataclass(frozen=True)
class Books:
    """Organization with its manager, who is the actor by default."""

    database: TestDatabase
    connections: ConnectionPool
    viewer: Viewer

    @property
    def organization(self) -> UUID:
        return self.viewer.organization_id

    @property
    def payments(self) -> Payments:
        transactions = BackgroundTransactions(self.connections)
        return Payments(transactions, LedgerProvider(transactions))

    def seen_by(self, role: str) -> "Books":
        """Return the same with another role of the actor."""
        return replace(self, viewer=replace(self.viewer, role=role))

    async def joined_by(self, role: str) -> "Books":
        """Return the same with another stored user of this role as the actor."""
        viewer = replace(self.viewer, user_id=uuid4(), role=role)
        async with self.database.as_system() as connection:
            await connection.execute(JOIN, viewer.organization_id, viewer.user_id, viewer.role)
        return replace(self, viewer=viewer)

    async def do(self, rule: Rule, **given: Any) -> Any:
        """Run a rule, commit it, and return its result."""
        session = OperationSession(self.connections, self.organization)
        try:
            return await session.write(
                lambda connection: rule(WriteTransaction(connection, self.organization, self.viewer), **given)
            )
        finally:
            await session.close()

    async def refused(self, rule: Rule, **given: Any) -> Refusals:
        """Return the codes and paths with which a rule refuses."""
        with pytest.raises((RuleError, Refused)) as caught:
            await self.do(rule, **given)
        assert isinstance(caught.value, RuleError | Refused)
        return [(error.code, [str(item) for item in error.path]) for error in rule_errors(caught.value)]

    async def account(
        self, kind: AccountKind = AccountKind.OWN, currency: str = "EUR", holds: int | str = 0, limit: int | None = 0
    ) -> UUID:
        """Open an account with a balance, transferred from an account of the outside world."""
        minimum = None if limit is None else Decimal(limit)
        opened: Account = await self.do(
            ledger.open_account, kind=kind, name=kind.value, currency=currency, minimum_balance=minimum
        )
        if holds:
            outside = await self.account(AccountKind.OUTSIDE, currency, limit=None)
            await self.transfer(outside, opened.id, holds)
        return opened.id

    async def transfer(self, source: UUID, target: UUID, amount: int | str) -> UUID:
        """Transfer an amount and return the id of the transfer."""
        given = {"from_account_id": source, "to_account_id": target, "amount": Decimal(amount)}
        made = await self.do(ledger.transfer_funds, **given)
        return UUID(str(made.id))

    async def balances(self, *accounts: UUID) -> list[Any]:
        """Return the balances of these accounts."""
        return [await self.value("SELECT balance FROM accounts WHERE id = $1", account) for account in accounts]

    async def order(self, customer: UUID, price: int | str = 10, *, placed: bool = True) -> Order:
        """Create an order of one line."""
        order: Order = await self.do(billing.create_order, customer_account_id=customer)
        line = {"description": "Mend a tire", "quantity": Decimal(1), "unit_price": Decimal(price)}
        await self.do(billing.add_order_line, order_id=order.id, **line)
        if placed:
            order = await self.do(place_order, id=order.id)
        return order

    async def value(self, query: str, *arguments: object) -> Any:
        """Return a value, read without row-level security."""
        async with self.database.as_system() as connection:
            return await connection.fetchval(query, *arguments)

    async def broken(self) -> list[str]:
        """Return the names of the violated rules about money."""
        async with self.database.as_system() as connection:
            return [
                check.name
                for check in (*LEDGER, *BILLING)
                if await connection.fetch(
                    f"SELECT FROM ({check.query}) AS broken WHERE organization = $1", self.organization
                )
            ]


@asynccontextmanager
async def books_in(database: TestDatabase, **settings: Any) -> AsyncIterator[Books]:
    """Create an organization in ``database``."""
    viewer = Viewer(uuid4(), uuid4(), "MANAGER")
    async with database.as_system() as connection:
        await connection.execute(FOUND, viewer.organization_id)
        await connection.execute(JOIN, viewer.organization_id, viewer.user_id, viewer.role)
    connections = open_pool(database.app, settings_for(database, **settings))
    try:
        yield Books(database, connections, viewer)
    finally:
        await connections.close()


@pytest.fixture
async def books(shared_database: TestDatabase) -> AsyncIterator[Books]:
    """Create an organization without money. For the conftest of folders that need it."""
    async with books_in(shared_database) as made:
        yield made
