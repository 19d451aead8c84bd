"""The three roles, their rights, and the database: created where missing, or as SQL for an administrator.

``workline_owner`` owns all objects and runs migrations. Row-level security is forced on it as well, so it reads no row.
``workline_app`` serves requests, owns nothing, and reads the rows of the organization that its transaction sets.
``workline_system`` reads all rows and cannot log in. The owner assumes it for seeding and maintenance.
"""

import hashlib
import hmac
import os
import stringprep
import unicodedata
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

import asyncpg

from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.errors import AdministratorNeeded, PostgresError

__all__ = ["APP", "OWNER", "SYSTEM", "Server"]

ITERATIONS = 4096
PROHIBITED = (
    stringprep.in_table_a1, stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
    stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7,
    stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip
"""Tables of characters that SASLprep prohibits (RFC 4013, sections 2.3 and 2.5)."""
OWNER = "workline_owner"
"""Role that owns the tables and runs migrations."""
APP = "workline_app"
"""Role that serves requests."""
SYSTEM = "workline_system"
"""Role that reads and writes the rows of all organizations."""
OLDEST = 15
"""Oldest supported major version of PostgreSQL."""
ROLES_LOCK = 4_117_320_955_081_846
"""Key of the advisory lock that serializes processes. Any number that never changes."""
ATTEMPTS = 5
BESIDE_ANOTHER = (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError, asyncpg.InternalServerError)
"""Errors of a concurrent process in another database of the server: roles are global, advisory locks are not."""
PASSWORD = "the password in DATABASE_URL"  # noqa: S105 (no password: the words for one)
"""Placeholder for the password in statements, until a statement runs."""
FACTS = f"""
    WITH role AS (SELECT (SELECT oid FROM pg_roles WHERE rolname = '{OWNER}') AS owner,
                         (SELECT oid FROM pg_roles WHERE rolname = '{APP}') AS app,
                         (SELECT oid FROM pg_roles WHERE rolname = '{SYSTEM}') AS system,
                         (SELECT oid FROM pg_roles WHERE rolname = $1) AS owner_login,
                         (SELECT oid FROM pg_roles WHERE rolname = $2) AS app_login)
    SELECT owner IS NOT NULL AS owner_exists,
           app IS NOT NULL AS app_exists,
           system IS NOT NULL AS system_exists,
           app_login IS NOT NULL AS app_login_exists,
           coalesce(pg_has_role(owner, system, $3), false) AS owner_is_system,
           coalesce(pg_has_role(owner_login, owner, $3), false) AS login_is_owner,
           coalesce(pg_has_role(app_login, app, 'USAGE'), false) AS login_is_app,
           coalesce(has_schema_privilege(owner, 'public', 'CREATE WITH GRANT OPTION'), false) AS owner_creates,
           coalesce(has_schema_privilege(app, 'public', 'USAGE')
                    AND has_schema_privilege(system, 'public', 'USAGE'), false) AS all_use
    FROM role"""  # noqa: S608 (constants)
type Facts = Mapping[str, bool]
NAME = "workline"


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return PostgreSQL's verifier of ``password`` for SCRAM-SHA-256. ``salt`` is random by default."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), salt, ITERATIONS)
    stored = hashlib.sha256(keyed(salted, b"Client Key")).digest()
    parts = (b64encode(part).decode() for part in (salt, stored, keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def prepared(password: str) -> str:
    """Return the password after SASLprep (RFC 4013), or unchanged if SASLprep rejects it.

    PostgreSQL and its clients also hash such a password unchanged:
    https://www.postgresql.org/docs/current/sasl-authentication.html
    """
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    normalized = unicodedata.normalize("NFKC", mapped)
    if password.isascii() or not normalized or any(table(letter) for letter in normalized for table in PROHIBITED):
        return password
    right_to_left = [stringprep.in_table_d1(character) for character in normalized]
    mixed = any(stringprep.in_table_d2(character) for character in normalized)
    if any(right_to_left) and (mixed or not (right_to_left[0] and right_to_left[-1])):
        return password
    return normalized


def keyed(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA-256."""
    return hmac.digest(key, message, "sha256")


@dataclass(frozen=True, slots=True)
class Logins:
    """Roles that log in to migrate and to serve. Roles with other names become members of the standard ones."""

    owner: str = OWNER
    app: str = APP
    app_password: str | None = field(default=None, repr=False)


async def ensure_roles(
    connection: DriverConnection, logins: Logins = Logins(), *, in_database: bool = True
) -> list[str]:
    """Create missing roles and missing rights in this database, and return the statements that were run.

    Has no effect if nothing is missing, and may run in several processes at once. ``in_database=False`` omits rights in
    this database. Raises AdministratorNeeded, with the statements to run, if the role of ``connection`` lacks the
    right.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(*BESIDE_ANOTHER):
            return await make_missing(connection, logins, in_database)
    return await make_missing(connection, logins, in_database)


async def make_missing(connection: DriverConnection, logins: Logins, in_database: bool) -> list[str]:
    """Make one attempt, in one transaction."""
    statements: list[str] = []
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ROLES_LOCK)
            statements = needed(await read_facts(connection, logins), logins, in_database)
            for statement in statements:
                await connection.execute(statement.replace(PASSWORD, verifier(logins.app_password or "")))
    except asyncpg.InsufficientPrivilegeError as error:
        raise AdministratorNeeded(await connection.fetchval("SELECT current_user"), statements) from error
    return statements


async def read_facts(connection: DriverConnection, logins: Logins) -> Facts:
    """Return the roles and rights that exist on this server and in this database."""
    major = connection.get_server_version().major
    if major < OLDEST:
        raise PostgresError(f"Workline requires PostgreSQL {OLDEST} or newer. This is {major}.")
    # membership was sufficient for SET ROLE before PostgreSQL 16
    facts = await connection.fetchrow(FACTS, logins.owner, logins.app, "SET" if major > OLDEST else "MEMBER")
    assert facts is not None
    return dict(facts)


def needed(facts: Facts, logins: Logins, in_database: bool = True) -> list[str]:
    """Return the statements that establish the missing facts, in order."""
    return [*roles_needed(facts, logins), *(rights_needed(facts) if in_database else ())]


def roles_needed(facts: Facts, logins: Logins) -> Iterator[str]:
    """Yield statements for the whole server: roles and their memberships."""
    password = f" PASSWORD '{PASSWORD}'" if logins.app_password else ""
    if not facts["owner_exists"]:
        # with NOINHERIT, it sees the rows that workline_system sees only after SET ROLE
        yield f"CREATE ROLE {OWNER} LOGIN NOINHERIT"
    if not facts["app_exists"]:
        yield f"CREATE ROLE {APP} LOGIN{password if logins.app == APP else ''}"
    if not facts["system_exists"]:
        yield f"CREATE ROLE {SYSTEM} NOLOGIN"
    if not facts["app_login_exists"] and logins.app != APP:
        yield f"CREATE ROLE {identifier(logins.app)} LOGIN{password}"
    if not facts["owner_is_system"]:
        yield f"GRANT {SYSTEM} TO {OWNER}"
    if not facts["login_is_owner"] and logins.owner != OWNER:
        yield f"GRANT {OWNER} TO {identifier(logins.owner)}"
    if not facts["login_is_app"] and logins.app != APP:
        yield f"GRANT {APP} TO {identifier(logins.app)}"


def rights_needed(facts: Facts) -> Iterator[str]:
    """Yield statements for this database: the owner creates tables, and all roles use the schema."""
    if not facts["owner_creates"]:
        yield f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER} WITH GRANT OPTION"
    if not facts["all_use"]:
        yield f"GRANT USAGE ON SCHEMA public TO {APP}, {SYSTEM}"


def identifier(name: str) -> str:
    """Return a name, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


class Server(Protocol):
    """Running server that trusts this process to be any role: the embedded one, or a substitute."""

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """Return the address of a database of this server, in the form of ``parse_address``."""
        ...


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Addresses of one database: as the application, and as its owner if that is known."""

    app_url: str
    owner_url: str | None


async def ensure_database(connection: DriverConnection, name: str = NAME) -> bool:
    """Create the database ``name``, owned by ``workline_owner``, if it is missing. The roles must exist.

    Return True if it was created.
    """
    if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        return False
    with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        await connection.execute(f"CREATE DATABASE {identifier(name)} OWNER {OWNER}")
        return True
    return False


async def embedded_database(server: Server, name: str = NAME) -> DatabaseUrls:
    """Return the addresses of database ``name`` on a running embedded server. Create it and its roles if necessary."""
    connection = await connect(parse_address(server.address()))
    try:
        await ensure_roles(connection, in_database=False)
        await ensure_database(connection, name)
    finally:
        await connection.close()
    connection = await connect(parse_address(server.address(database=name)))
    try:
        await ensure_roles(connection)
    finally:
        await connection.close()
    return DatabaseUrls(server.address(APP, name), server.address(OWNER, name))


@asynccontextmanager
async def as_system(owner: DriverConnection) -> AsyncIterator[None]:
    """Run the block in a transaction as ``workline_system``, which sees every organization."""
    async with owner.transaction():
        await owner.execute(f"SET LOCAL ROLE {SYSTEM}")
        yield
