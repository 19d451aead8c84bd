"""Test support for applications, as a plugin of pytest: ``pytest_plugins = ["graphql_app.testing"]`` in conftest.py.

Tests run on a dedicated PostgreSQL server (the extra ``embedded``), in a database that is migrated once and restored
after each test. pytest-asyncio must run all tests in one event loop, see ``SETTINGS``.

- ``client``: an :class:`ApiClient` of an owner in a new organization
- ``as_role``: clients of users with other roles
- ``factory``: inserts rows into the organization
- ``database``: the database, for looking at rows and for connections of other roles
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from graphql_app.application import Application, load_application
from graphql_app.identity.models import Organization, User, UserRole
from graphql_app.models.base import new_id
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.roles import Server
from graphql_app.settings import SettingsError, find_application
from graphql_app.testing.client import ApiClient, open_client
from graphql_app.testing.database_reset import RestoredDatabase, restored
from graphql_app.testing.databases import UNSAFE_AND_FAST, TestDatabase, make_template
from graphql_app.testing.factories import Factory, FactoryError, FactoryValues, open_factory
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer

__all__ = ["ApiClient", "AsRole", "Factory", "FactoryError", "FactoryValues", "TestDatabase"]

AsRole = Callable[[UserRole], Awaitable[ApiClient]]
"""Returns a client of a new user with a role, in the organization of the test."""
SETTINGS = {
    "asyncio_mode": "auto",
    "asyncio_default_fixture_loop_scope": "session",
    "asyncio_default_test_loop_scope": "session",
}
"""Options of pytest-asyncio, because the connection pool belongs to one event loop."""


APPLICATION = pytest.StashKey[Application]()


def pytest_configure(config: pytest.Config) -> None:
    """Import the application, so that tests can import its package.

    Raises UsageError if pytest-asyncio is configured with an event loop per test, or if there is no application.
    """
    wrong = [name for name, value in SETTINGS.items() if str(config.getini(name)) != value]
    if wrong:
        lines = ", ".join(f'{name} = "{SETTINGS[name]}"' for name in wrong)
        raise pytest.UsageError(f"graphql_app.testing requires these options in [tool.pytest]: {lines}")
    try:
        config.stash[APPLICATION] = load_application(find_application(directory=config.rootpath))
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session")
def application(pytestconfig: pytest.Config) -> Application:
    """The application whose pyproject.toml is in the directory of the tests, or above."""
    return pytestconfig.stash[APPLICATION]


@pytest.fixture(scope="session")
def api(application: Application) -> Api:
    """The application's API, built once."""
    return application.build()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for all tests of this process."""
    with TemporaryDirectory(prefix="workline tests ") as directory:
        place = Path(directory).resolve()
        place.chmod(0o711)  # started by root, the server runs as another account
        with EmbeddedPostgres(place, UNSAFE_AND_FAST) as server:
            yield server


@pytest.fixture(scope="session")
async def restored_database(postgres_server: Server, application: Application) -> AsyncIterator[RestoredDatabase]:
    """Copies of the migrated, empty database, restored after each test."""
    template = await make_template(postgres_server, Migrations(application.config.migrations))
    async with restored(postgres_server, template) as database:
        yield database


@pytest.fixture
async def database(restored_database: RestoredDatabase) -> AsyncIterator[TestDatabase]:
    """A migrated database for one test. It contains only the rows of ``factory`` and ``client``."""
    async with restored_database.lent() as lent:
        yield lent


@pytest.fixture(scope="session")
def factory_values() -> FactoryValues:
    """Values of columns by model that ``factory`` uses in place of generated ones. Override it in conftest.py."""
    return {}


@pytest.fixture
async def factory(
    database: TestDatabase, application: Application, factory_values: FactoryValues, pytestconfig: pytest.Config
) -> AsyncIterator[Factory]:
    """A factory of rows of a new organization, ``factory.organization_id``."""
    application.load_models()
    file = pytestconfig.rootpath / "tests" / "conftest.py"
    async with AsyncExitStack() as stack:
        made = await open_factory(stack, database, new_id(), factory_values, file)
        await made(Organization, id=made.organization_id)
        yield made


@pytest.fixture
async def anonymous(api: Api, application: Application, database: TestDatabase) -> AsyncIterator[ApiClient]:
    """A client without a token."""
    application.load_models()
    async with open_client(api, database, application.open_domain) as client:
        yield client


@pytest.fixture
def as_role(anonymous: ApiClient, factory: Factory) -> AsRole:
    """Clients of new users of the organization, by their roles."""

    async def client_of(role: UserRole) -> ApiClient:
        user = await factory(User, role=role)
        return anonymous.acting_as(Viewer(user.id, user.organization_id, user.role))

    return client_of


@pytest.fixture
async def client(as_role: AsRole) -> ApiClient:
    """A client of the organization's owner."""
    return await as_role(UserRole.OWNER)
