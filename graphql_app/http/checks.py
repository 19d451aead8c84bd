"""Readiness checks of the database."""

import asyncio
from collections.abc import Mapping
from typing import Any

from graphql_app.database.pool import ConnectionPool
from graphql_app.http.health import NotReady
from graphql_app.http.services import Check
from graphql_app.postgres.errors import NotMigrated
from graphql_app.postgres.migrating import current, newest, pending


def readiness_checks(connections: ConnectionPool) -> Mapping[str, Check]:
    """Return the checks of `/health/ready` by their names in the response."""
    head = newest()

    async def database() -> dict[str, Any]:
        await connections.ping()
        return {}

    async def migrations() -> dict[str, Any]:
        async with connections.driver() as driver:
            revision = await current(driver)
        # a newer release may have migrated the database while this one still serves: then no migration is missing
        missing = [] if revision == head else await asyncio.to_thread(pending, revision)
        if missing:
            raise NotReady(str(NotMigrated(len(missing))))
        return {"revision": revision}

    async def pool() -> dict[str, int]:
        return connections.status()

    return {"database": database, "migrations": migrations, "pool": pool}
