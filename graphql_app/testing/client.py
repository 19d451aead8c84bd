"""Client of an API in the tests' own process: it sends operations to the server's executor, without HTTP."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.execution.executor import Executor
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.services import OpenDomain
from graphql_app.identity.passwords import HashingCost, PasswordHasher
from graphql_app.identity.services import IdentityServices, make_identity_services
from graphql_app.mail.outbox import Outbox
from graphql_app.settings import Settings
from graphql_app.testing.databases import TestDatabase
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer

SECRET = "a secret for tests: " + "0123456789 abcdef" * 3
"""Key that signs the tokens of tests."""
CHEAP = HashingCost(passes=1, memory=8, lanes=1)
"""Cost of a password hash in tests."""
type Json = dict[str, Any]


class Postbox:
    """Mail of a test: an outbox whose messages are kept."""

    def __init__(self) -> None:
        self._kept: list[EmailMessage] = []
        self.outbox = Outbox(self._deliver, "workline@example.com")

    async def messages(self) -> list[EmailMessage]:
        """Return the messages that have been sent so far, and forget them."""
        await self.outbox.close()
        kept, self._kept = self._kept, []
        return kept

    async def _deliver(self, message: EmailMessage, to: str) -> None:
        self._kept.append(message)


class GivenSettings(Settings):
    """Settings that are passed as arguments only, so that a test does not depend on its environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the source of arguments."""
        return (init_settings,)


def settings_for(database: TestDatabase, **chosen: Any) -> Settings:  # Any: pydantic validates the values
    """Return settings for a server on ``database``. ``chosen`` are fields by name."""
    addresses = {"database_url": database.app_url, "database_owner_url": database.owner_url}
    return GivenSettings(**{"_env_file": None, "env": "test", "secret_key": SecretStr(SECRET), **addresses, **chosen})


@dataclass(frozen=True)
class ApiClient:
    """Client that sends operations as ``viewer``, or anonymously."""

    executor: Executor
    connections: ConnectionPool
    services: IdentityServices
    postbox: Postbox
    """Mail that its operations have sent."""
    viewer: Viewer | None = None
    sent: list[str] = field(default_factory=list)
    """Text of every statement so far."""

    def acting_as(self, viewer: Viewer | None) -> "ApiClient":
        """Return a client of the same API for another viewer."""
        return replace(self, viewer=viewer)

    async def execute(self, query: str, **variables: Any) -> GraphQLResponse:  # Any: values of JSON
        """Return the response to an operation."""
        return await self.executor.execute(GraphQLRequest(query, variables), viewer=self.viewer)

    async def respond(self, query: str, **variables: Any) -> Json:  # Any: values of JSON
        """Return the body of the response, with its errors."""
        return (await self.execute(query, **variables)).body

    async def ask(self, query: str, **variables: Any) -> Json:  # Any: values of JSON
        """Return the data of a response, which must have no errors."""
        body = await self.respond(query, **variables)
        assert "errors" not in body, body["errors"]
        data: Json = body["data"]
        return data

    async def refuse(self, query: str, **variables: Any) -> Json:  # Any: values of JSON
        """Return the extensions of the only error of a response, such as its ``code``."""
        body = await self.respond(query, **variables)
        (error,) = body["errors"]
        extensions: Json = error["extensions"]
        return extensions

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Yield a list that contains the block's statements when it ends, without BEGIN, COMMIT and ROLLBACK."""
        counted: list[str] = []
        before = len(self.sent)
        yield counted
        counted.extend(self.sent[before:])


@asynccontextmanager
async def open_client(
    api: Api, database: TestDatabase, open_domain: OpenDomain, *, plan: bool = True, **chosen: Any
) -> AsyncIterator[ApiClient]:
    """Yield an anonymous client of ``api`` on a dedicated pool. ``chosen`` are settings by name."""
    settings = settings_for(database, **chosen)
    async with AsyncExitStack() as stack:
        connections = open_pool(database.app, settings)
        stack.push_async_callback(connections.close)
        passwords = PasswordHasher(settings.hash_threads, cost=CHEAP)
        stack.callback(passwords.close)
        domain = await stack.enter_async_context(open_domain(connections, settings))
        postbox = Postbox()
        services = make_identity_services(settings, api.role_names, passwords, postbox.outbox, domain, api.scopes)
        executor = Executor(api, connections, ExecutorOptions(plan=plan), services)
        client = ApiClient(executor, connections, services, postbox)
        connections.watch(client.sent.append)
        yield client
