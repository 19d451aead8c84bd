"""Leaky buckets of rate limits in PostgreSQL, shared by all server processes.

A bucket is stored as the time at which it is full again (the generic cell rate algorithm): a charge moves it by the
seconds in which its cost is restored. The application calls a function that charges several buckets.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.connection import PooledConnection
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.models.base import SystemBase

CHARGE = "SELECT key, seconds FROM charge_rate_limits($1, $2)"


class RateLimitBucket(SystemBase):
    """Bucket of a rate limit. Not part of the API. Each charge deletes up to ten full buckets."""

    __tablename__ = "rate_limit_buckets"
    __table_args__ = (Index(None, "full_at"),)

    key: Mapped[bytes] = mapped_column(
        primary_key=True, comment="IDs of the organization and the user, or the keyed hash of a client address."
    )
    full_at: Mapped[datetime] = mapped_column(comment="Time at which the bucket is full again.")


async def charge_buckets(connections: ConnectionPool, charges: Sequence[tuple[bytes, float]]) -> Mapping[bytes, float]:
    """Charge buckets by the seconds in which their costs are restored. Return the seconds until each is full again."""
    keys, seconds = [key for key, _ in charges], [each for _, each in charges]

    async def work(connection: PooledConnection) -> Mapping[bytes, float]:
        rows = await connection.fetch(CHARGE, [keys, seconds])
        connection.is_last = True
        return {bytes(key): left for key, left in rows}

    session = OperationSession(connections, None)
    try:
        return await session.write(work)
    finally:
        await session.close()
