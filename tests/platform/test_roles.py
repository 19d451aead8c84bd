"""The three roles: created once, even concurrently, and their privileges."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from graphql_app.database.pool_settings import session_settings
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.errors import AdministratorNeeded, ExcessivePrivileges, NotMigrated
from graphql_app.postgres.roles import (
    APP,
    OWNER,
    SYSTEM,
    Logins,
    Server,
    embedded_database,
    ensure_database,
    ensure_roles,
    verifier,
)
from graphql_app.postgres.startup_checks import check_servable
from tests.support.application import MIGRATIONS
from tests.support.databases import UNSAFE_AND_FAST, TestDatabase, administration, copy_of
from tests.support.directories import open_directory
from tests.support.settings import settings_for


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[DriverConnection]:
    connection = await connect(parse_address(url))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def empty(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database without tables on a server with the three roles."""
    async with copy_of(postgres, "template0") as made:
        yield made


@pytest.fixture
async def provider(postgres: Server, empty: TestDatabase) -> AsyncIterator[str]:
    """Return the address of ``empty`` for a provider's customer: it owns it, creates roles, and is no superuser."""
    async with administration(postgres) as admin:
        await admin.execute(f"CREATE ROLE customer LOGIN CREATEROLE; ALTER DATABASE {empty.name} OWNER TO customer")
        if admin.get_server_version().major >= 16:  # before, CREATEROLE is enough to grant any role to any other
            options = "WITH ADMIN OPTION, SET FALSE, INHERIT FALSE"
            await admin.execute(f"GRANT {OWNER}, {APP}, {SYSTEM} TO customer {options}")
        yield postgres.address("customer", empty.name)
        await admin.execute(f"ALTER DATABASE {empty.name} OWNER TO {OWNER}")
        async with connected(empty.admin_url) as inside:
            await inside.execute("DROP OWNED BY customer CASCADE; DROP ROLE IF EXISTS customer, web")


async def test_a_prepared_database_is_complete(database: TestDatabase) -> None:
    async with connected(database.admin_url) as connection:
        assert await ensure_roles(connection) == []


async def test_the_owner_reads_rows_only_after_assuming_the_system_role(database: TestDatabase) -> None:
    async with database.as_system() as system:
        await system.execute("INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'A')")
    async with connected(database.owner_url) as owner:
        assert await owner.fetchval("SELECT count(*) FROM organizations") == 0
        await owner.execute(f"SET ROLE {SYSTEM}")
        assert await owner.fetchval("SELECT count(*) FROM organizations") == 1


async def test_the_application_cannot_assume_another_role(database: TestDatabase) -> None:
    async with connected(database.app_url) as app:
        for role in (OWNER, SYSTEM, "postgres"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"SET ROLE {role}")


async def test_processes_that_start_concurrently_create_one_database(postgres: Server, template: str) -> None:
    try:
        made = await asyncio.gather(*(embedded_database(postgres, "together") for _ in range(5)))
        assert len(set(made)) == 1
    finally:
        async with administration(postgres) as admin:
            await admin.execute("DROP DATABASE together WITH (FORCE)")


@pytest.mark.embedded
async def test_processes_that_start_concurrently_create_the_roles_once() -> None:
    with open_directory("roles") as directory, EmbeddedPostgres(directory, UNSAFE_AND_FAST) as server:

        async def prepare() -> list[str]:
            async with administration(server) as admin:
                return await ensure_roles(admin)

        statements = await asyncio.gather(*(prepare() for _ in range(5)))
    assert sorted(map(bool, statements)) == [False] * 4 + [True]


async def test_preparing_a_database_twice_changes_nothing(postgres: Server, database: TestDatabase) -> None:
    async with administration(postgres) as admin:
        assert await ensure_database(admin, database.name) is False


async def test_a_hosting_customer_can_create_all_roles(provider: str, empty: TestDatabase) -> None:
    logins = Logins("customer", "web", "a password")
    async with connected(provider) as customer:
        statements = await ensure_roles(customer, logins)
        assert [statement.split(" TO ")[0] for statement in statements] == [
            "CREATE ROLE \"web\" LOGIN PASSWORD 'the password in DATABASE_URL'",
            f"GRANT {OWNER}",
            f"GRANT {APP}",
            "GRANT CREATE, USAGE ON SCHEMA public",
        ]
        assert await ensure_roles(customer, logins) == []
        await customer.execute(f"SET ROLE {OWNER}; CREATE TABLE mine (); RESET ROLE")
    async with connected(empty.admin_url) as admin:
        stored = await admin.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'web'")
    assert stored.startswith("SCRAM-SHA-256$4096:")


async def test_statements_for_an_administrator_suffice(postgres: Server, provider: str, empty: TestDatabase) -> None:
    logins = Logins("customer", "web", "hush")
    async with administration(postgres) as admin:
        await admin.execute(f"ALTER ROLE customer NOCREATEROLE; REVOKE {OWNER}, {APP}, {SYSTEM} FROM customer")
    async with connected(provider) as customer, connected(empty.admin_url) as admin:
        with pytest.raises(AdministratorNeeded) as caught:
            await ensure_roles(customer, logins)
        assert "hush" not in str(caught.value)
        for statement in caught.value.statements:
            await admin.execute(statement)
        assert await ensure_roles(customer, logins) == []


def test_a_verifier_equals_the_example_of_the_rfc() -> None:
    # RFC 7677's example: the password "pencil", its salt and iterations
    salt = bytes.fromhex("5b6d99689d1236af")
    assert verifier("pencil", salt).startswith("SCRAM-SHA-256$4096:W22ZaJ0SNq8=$")


@pytest.mark.parametrize(
    "password",
    [
        "plain",
        "p\u00e4'ss",
        "a\u0308",
        "\ufb01le",
        "no\u00a0break",
        "so\u00adft",
        "\u05d0 a \u05d0",
        "\u05d0b\u05d2",
        "\u0627\u0628",
        "\ue000",
    ],
)
async def test_a_verifier_equals_that_of_postgresql(postgres: Server, password: str) -> None:
    async with administration(postgres) as admin:
        quoted = password.replace("'", "''")
        await admin.execute(f"CREATE ROLE accents LOGIN PASSWORD '{quoted}'")
        stored = await admin.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'accents'")
        await admin.execute("DROP ROLE accents")
    salt = stored.split("$")[1].split(":")[1]
    assert verifier(password, b64decode(salt)) == stored


async def test_the_application_may_serve_a_migrated_database(database: TestDatabase) -> None:
    await check_servable(database.app, session_settings(settings_for(database)), MIGRATIONS)


@pytest.mark.parametrize("role", ["admin", "owner"])
async def test_a_role_that_bypasses_row_level_security_may_not_serve(database: TestDatabase, role: str) -> None:
    with pytest.raises(ExcessivePrivileges, match="organizations would not be isolated"):
        await check_servable(getattr(database, role), session_settings(settings_for(database)), MIGRATIONS)


async def test_an_unmigrated_database_may_not_be_served(empty: TestDatabase) -> None:
    with pytest.raises(NotMigrated, match="workline migrate"):
        await check_servable(empty.app, session_settings(settings_for(empty)), MIGRATIONS)
