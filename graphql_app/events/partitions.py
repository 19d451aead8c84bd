"""Partitions of the outbox: one per month, made ahead, and dropped when no reader needs their events."""

from datetime import UTC, datetime, timedelta

from graphql_app.database.connection import Driver
from graphql_app.settings import Settings

AHEAD = 2
"""Months after the present one that have partitions."""


async def maintain_partitions(driver: Driver, settings: Settings) -> tuple[int, int]:
    """Make missing partitions, and drop those of months that ended longer ago than events are kept.

    Return the numbers of both. Events are kept for the longer one of both settings.
    """
    kept = timedelta(seconds=max(settings.events_retention, settings.audit_retention))
    made = await driver.fetchval("SELECT make_event_partitions($1)", AHEAD)
    dropped = await driver.fetchval("SELECT drop_event_partitions($1)", datetime.now(UTC) - kept)
    return made, dropped
