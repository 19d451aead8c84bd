"""Checks that row-level security and privileges equal those of the migrations."""

import asyncio
from collections.abc import Iterable, Iterator

from graphql_app.database.security import APP, SYSTEM
from graphql_app.doctor.actual import FUNCTION, actual
from graphql_app.doctor.expected import ExpectedFacts, expected, subject
from graphql_app.doctor.facts import Enabled, Fact, Forced, Granted, Owned, Policy, sentence, undone
from graphql_app.doctor.findings import Finding, ok, problem, warning
from graphql_app.doctor.subjects import DatabaseCheck, Subject
from graphql_app.postgres.migrating import current, known, script

RUN = "Run as an administrator"
"""Role that runs a remedy. The owner of the object may run it too."""
SEARCH_PATHS = f"""
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE {FUNCTION} AND prosecdef
    AND NOT EXISTS (SELECT FROM unnest(proconfig) AS option WHERE option LIKE 'search_path=%')"""  # noqa: S608


async def row_security(database: Subject) -> list[Finding]:
    """Check that row-level security is enabled and forced on every table, with the policies of the migrations."""
    return await compared(database, (Enabled, Forced, Policy), "tables are protected as the migrations say")


async def privileges(database: Subject) -> list[Finding]:
    """Check that the application, the system role and PUBLIC have the privileges of the migrations."""
    return await compared(database, (Granted,), "tables and functions are open to whom the migrations say")


async def ownership(database: Subject) -> list[Finding]:
    """Check that tables and functions belong to the roles of the migrations."""
    return await compared(database, (Owned,), "tables and functions belong to whom the migrations say")


async def compared(database: Subject, kinds: tuple[type[Fact], ...], fine: str) -> list[Finding]:
    """Return the differences between migrations and database, among facts of these kinds."""
    revision = await current(database.app)
    if revision is None or not known(revision):
        said = "A newer release has migrated the database: what it said about security is not known to this one."
        return [warning(said, "Run workline doctor of that release.")]
    # Alembic runs its own event loop
    wanted = expected(await asyncio.to_thread(script, revision))
    found = await actual(database.best, {APP, SYSTEM, await database.app.fetchval("SELECT current_user")})
    differences = [*missing(wanted, found, kinds), *surplus(wanted, found, kinds)]
    names = {subject(fact) for fact in wanted if isinstance(fact, kinds)}
    return differences or [ok(f"{len(names)} {fine}.")]


def missing(wanted: ExpectedFacts, found: set[Fact], kinds: tuple[type[Fact], ...]) -> Iterator[Finding]:
    """Yield the facts of the migrations that the database lacks."""
    for fact, statement in wanted.items():
        if isinstance(fact, kinds) and fact not in found:
            yield problem(f"{sentence(fact, holds=False)}; the migrations say otherwise.", f"{RUN}: {statement}")


def surplus(wanted: Iterable[Fact], found: set[Fact], kinds: tuple[type[Fact], ...]) -> Iterator[Finding]:
    """Yield the facts of the database that no migration establishes, if they open access."""
    for fact in sorted(found - set(wanted), key=repr):
        if isinstance(fact, kinds) and (statement := undone(fact)):
            yield problem(f"{sentence(fact, holds=True)}; no migration says so.", f"{RUN}: {statement}")


async def search_paths(database: Subject) -> list[Finding]:
    """Check that functions with the rights of another role have a fixed search path.

    Otherwise the caller decides which objects the names in the function refer to.
    """
    found = [
        problem(
            f"The function {row[0]} sees every row, and its caller chooses what the names in it mean.",
            f"{RUN}: ALTER FUNCTION {row[0]} SET search_path = pg_catalog, pg_temp;",
        )
        for row in await database.best.fetch(SEARCH_PATHS)
    ]
    return found or [ok("Every function with the rights of another role has a fixed search path.")]


CHECKS: dict[str, DatabaseCheck] = {
    "row-level security": row_security,
    "privileges": privileges,
    "ownership": ownership,
    "search paths": search_paths,
}
