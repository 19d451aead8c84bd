"""Transactions outside of any request: for what goes on by itself, and for what must not hold the request's own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from graphql_app.database.database import Database
from graphql_app.database.gate import Gate
from graphql_app.database.pool import ConnectionPool


@dataclass(frozen=True, slots=True)
class Transactions:
    """Runs rules on one pool, each on a connection that it gives back."""

    connections: ConnectionPool

    async def run[T](self, organization_id: UUID, rule: Callable[[Database], Awaitable[T]]) -> T:
        """Run ``rule`` in a transaction for an organization and commit it; retried as a request's transactions are."""
        gate = Gate(self.connections, organization_id)
        try:
            return await gate.write(lambda connection: rule(Database(connection, organization_id)))
        finally:
            await gate.close()
