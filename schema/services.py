"""What the domain opens while the server runs: its payment provider, and the sweeper."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.unattended import Transactions
from graphql_app.settings import Settings
from schema.billing.finishing import Payments
from schema.billing.ledger_provider import LedgerProvider
from schema.billing.sweeping import keep_sweeping, sweep


@dataclass(frozen=True, slots=True)
class DomainServices:
    """At hand as ``info.context.services.domain``."""

    payments: Payments


def domain_services(connections: ConnectionPool) -> DomainServices:
    """What resolvers need of the domain. Another provider of payments goes in here."""
    transactions = Transactions(connections)
    return DomainServices(Payments(transactions, LedgerProvider(transactions)))


async def sweep_once(connections: ConnectionPool, age: timedelta) -> tuple[int, int]:
    """Go on with what nobody has gone on with for as long as ``age``: how much was found, and how much is done now."""
    swept = await sweep(domain_services(connections).payments, age)
    return swept.found, swept.finished


@asynccontextmanager
async def open_domain(connections: ConnectionPool, settings: Settings) -> AsyncIterator[DomainServices]:
    """The services, and a sweeper that runs beside them if the settings want one."""
    services = domain_services(connections)
    if not settings.sweep_period:
        yield services
        return
    sweeping = asyncio.create_task(keep_sweeping(services.payments, timedelta(seconds=settings.sweep_period)))
    try:
        yield services
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
