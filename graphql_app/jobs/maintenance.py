"""Maintenance of the engine's tables, on a schedule and by ``workline sweep``."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from graphql_app.database.pool import ConnectionPool
from graphql_app.events.partitions import maintain_partitions
from graphql_app.identity.sign_up import remove_unverified
from graphql_app.jobs.declarations import ScheduledRun, scheduled
from graphql_app.settings import Settings

EXPIRED = "SELECT delete_expired_rows($1, $2)"
MOST = 1_000
"""Rows of each table that one transaction deletes."""


async def delete_expired(
    connections: ConnectionPool, settings: Settings, renew: Callable[[], Awaitable[None]] | None = None
) -> int:
    """Delete expired idempotency keys, sessions and tokens, and old ended jobs. Return the number of rows.

    Also removes sign-ups that were never verified.
    """
    removed = await remove_unverified(connections, timedelta(seconds=settings.unverified_sign_up_ttl))
    while True:
        async with connections.driver() as driver:
            last: int = await driver.fetchval(EXPIRED, MOST, timedelta(seconds=settings.job_retention))
        removed += last
        if last < MOST:
            return removed
        if renew is not None:
            await renew()


@scheduled("deleteExpiredRows", "*/15 * * * *")
async def delete_expired_rows(run: ScheduledRun) -> None:
    """Delete expired rows of all organizations."""
    await delete_expired(run.connections, run.settings, run.renew)


@scheduled("maintainEventPartitions", "30 */6 * * *")
async def maintain_event_partitions(run: ScheduledRun) -> None:
    """Make the partitions of events for the next months, and drop old ones."""
    async with run.connections.driver() as driver:
        await maintain_partitions(driver, run.settings)
