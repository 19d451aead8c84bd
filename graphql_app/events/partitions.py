"""Partitions of the outbox: one per month, made ahead, and dropped when no reader needs their events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from graphql_app.database.connection import Driver
from graphql_app.database.pool import ConnectionPool
from graphql_app.settings import Settings

log = structlog.get_logger("workline.events")

AHEAD = 2
"""Months after the present one that have partitions."""
PERIOD = 6 * 3600.0
"""Seconds between two runs."""


def kept_for(settings: Settings) -> timedelta:
    """Return the time for which events are kept: the longer one of both settings."""
    return timedelta(seconds=max(settings.events_retention, settings.audit_retention))


async def maintain_partitions(driver: Driver, kept: timedelta) -> tuple[int, int]:
    """Make missing partitions, and drop those of months that ended longer ago. Return the numbers of both."""
    made = await driver.fetchval("SELECT make_event_partitions($1)", AHEAD)
    dropped = await driver.fetchval("SELECT drop_event_partitions($1)", datetime.now(UTC) - kept)
    return made, dropped


@asynccontextmanager
async def keeping_partitions(connections: ConnectionPool, kept: timedelta) -> AsyncIterator[None]:
    """Maintain the partitions every few hours during the block."""
    task = asyncio.create_task(_keep_partitions(connections, kept))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _keep_partitions(connections: ConnectionPool, kept: timedelta) -> None:
    """Maintain the partitions every few hours, until cancelled."""
    while True:
        try:
            async with connections.driver() as driver:
                made, dropped = await maintain_partitions(driver, kept)
        except Exception as error:
            log.warning("partitions of events not maintained", exc_info=error)
        else:
            if made or dropped:
                log.info("partitions of events maintained", made=made, dropped=dropped)
        await asyncio.sleep(PERIOD)
