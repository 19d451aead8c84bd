"""Services of the domain while the server runs: the payment provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.transaction import BackgroundTransactions
from graphql_app.settings import Settings
from schema.billing.ledger_provider import LedgerProvider
from schema.billing.payment_completion import Payments
from schema.billing.payment_sweeper import sweep


@dataclass(frozen=True, slots=True)
class DomainServices:
    """Services of the domain, available as ``info.context.services.domain``."""

    payments: Payments


def domain_services(connections: ConnectionPool) -> DomainServices:
    """Return the services of the domain. Configure another provider of payments here."""
    transactions = BackgroundTransactions(connections)
    return DomainServices(Payments(transactions, LedgerProvider(transactions)))


async def sweep_once(connections: ConnectionPool, age: timedelta) -> tuple[int, int]:
    """Resume unfinished work that has not changed for ``age``.

    Return the number of records found, and of those completed now.
    """
    swept = await sweep(domain_services(connections).payments, age)
    return swept.found, swept.finished


@asynccontextmanager
async def open_domain(connections: ConnectionPool, settings: Settings) -> AsyncIterator[DomainServices]:
    """Yield the services."""
    yield domain_services(connections)
