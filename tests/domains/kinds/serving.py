"""Server of the domain over HTTP, for clients in other processes. Each caller is the owner of an empty collection."""

import asyncio
import signal
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from starlette.applications import Starlette

from graphql_app.app import create_app
from graphql_app.execution.executor import Executor
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.lifespan import Drain, Services
from graphql_app.http.logging import configure_logging
from graphql_app.http.server import server_config
from graphql_app.identity.authenticator import Authenticator
from graphql_app.identity.services import make_tokens
from graphql_app.models.base import new_id
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.settings import Settings
from graphql_app.testing.databases import UNSAFE_AND_FAST, TestDatabase, connected, empty_database
from graphql_app.viewer import Viewer
from tests.domains.kinds import api as domain
from tests.domains.kinds.models import METADATA
from tests.engine.toy.database import make_tables
from tests.engine.toy_api import toy_on, viewer_of, wide
from tests.http.serving import AnnouncingServer
from tests.http.toy import toy_settings


class StoppableServer(AnnouncingServer):
    """Server that returns after SIGTERM, so that the database is stopped as well."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True


class OwnerExecutor:
    """Executor of the domain, with the same viewer for all requests."""

    def __init__(self, executor: Executor, organization: UUID) -> None:
        self._executor, self._viewer = executor, viewer_of(organization)

    async def execute(self, request: GraphQLRequest, *, viewer: Viewer | None, read_only: bool) -> GraphQLResponse:
        return await self._executor.execute(request, viewer=self._viewer, read_only=read_only)


def kinds_app(settings: Settings, database: TestDatabase, organization: UUID) -> Starlette:
    """Return an application on the domain's API."""

    @asynccontextmanager
    async def open_services(settings: Settings) -> AsyncIterator[Services]:
        async with toy_on(domain.build(), database.app, options=wide(plan=True)) as toy:
            yield Services(
                settings=settings,
                executor=OwnerExecutor(toy.executor, organization),
                authenticator=Authenticator(make_tokens(settings)),
                drain=Drain(settings.drain_delay),
                checks={},
            )

    return create_app(settings, open_services)


async def serve(directory: Path) -> None:
    """Serve the domain on a new database until the process is stopped. Prints the port."""
    settings, organization = toy_settings(log_format="json"), new_id()
    configure_logging(settings)
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as postgres:
        async with empty_database(postgres) as database:
            await make_tables(database, METADATA)
            async with connected(database.admin) as admin:
                await admin.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Collection')", organization)
            await StoppableServer(server_config(kinds_app(settings, database, organization), settings, port=0)).serve()


if __name__ == "__main__":
    with TemporaryDirectory(prefix="workline kinds ") as made:
        place = Path(made).resolve()
        place.chmod(0o711)  # started by root, PostgreSQL runs as another account
        asyncio.run(serve(place))
