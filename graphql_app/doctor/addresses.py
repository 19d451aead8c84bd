"""Check that all addresses in the settings lead to the same database."""

from datetime import datetime

from graphql_app.doctor.findings import Finding, ok, problem
from graphql_app.doctor.subjects import DatabaseCheck, Subject
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.connecting import Connection, connect
from graphql_app.postgres.errors import Unreachable

type ServerIdentity = tuple[str, datetime]
"""Identity of a database, also through a pooler: its name, and the start time of its server."""


async def addresses(database: Subject) -> list[Finding]:
    """Check that all addresses lead to the same database."""
    ours = await place(database.app)
    others: dict[str, ServerIdentity | None] = {}
    if database.owner is not None:
        others["DATABASE_OWNER_URL"] = await place(database.owner)
    if database.settings.database_direct_url:
        others["DATABASE_DIRECT_URL"] = await place_at(parse_address(database.settings.database_direct_url))
    found = [
        problem(
            f"{name} leads to {'another database than DATABASE_URL' if theirs else 'no database'}.", f"Correct {name}."
        )
        for name, theirs in others.items()
        if theirs != ours
    ]
    return found or [ok("All lead to the same database.")]


async def place(connection: Connection) -> ServerIdentity:
    """Return the identity of a connection's database."""
    row = await connection.fetchrow("SELECT current_database(), pg_postmaster_start_time()")
    assert row is not None
    return row[0], row[1]


async def place_at(address: Address) -> ServerIdentity | None:
    """Connect, and return the identity of the database, or None if it does not answer."""
    try:
        connection = await connect(address)
    except Unreachable:
        return None
    try:
        return await place(connection)
    finally:
        await connection.close()


CHECKS: dict[str, DatabaseCheck] = {"addresses": addresses}
