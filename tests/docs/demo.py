"""Demo organizations as a new user finds them, for examples of the documentation."""

from contextlib import AbstractAsyncContextManager
from uuid import UUID

from graphql_app.execution.options import ExecutorOptions
from graphql_app.viewer import Viewer
from schema.seed import OWNER_EMAIL
from tests.support.api import Workline, domain_api, serving
from tests.support.databases import TestDatabase

PLANNED = ExecutorOptions(plan=True, trace=True)


def demo_api(database: TestDatabase) -> AbstractAsyncContextManager[Workline]:
    """Serve the API on a database that holds the demo. Responses state how they were executed."""
    return serving(domain_api(), database, PLANNED)


async def demo_owner(database: TestDatabase) -> Viewer:
    """Return the viewer of the demo's login."""
    async with database.as_system() as connection:
        row = await connection.fetchrow("SELECT organization_id, user_id FROM find_login($1)", OWNER_EMAIL)
    assert row is not None
    return Viewer(UUID(str(row["user_id"])), UUID(str(row["organization_id"])), "OWNER")
