"""Check of the schema revision that this release requires."""

import asyncio

from graphql_app.doctor.findings import Finding, ok, problem, several, warning
from graphql_app.doctor.subjects import DatabaseCheck, Subject
from graphql_app.postgres.migrating import current, known, newest, pending


async def migrations(database: Subject) -> list[Finding]:
    """Check that all migrations have been run, or that a newer release has run its own."""
    revision = await current(database.app)
    if revision is None:
        said = "The database was never migrated, or not for this role."
        return [problem(said, "Run: workline migrate")]
    missing = await asyncio.to_thread(pending, revision)
    if missing:
        return [
            problem(
                f"{several(len(missing), 'migration')} still to run, from {missing[0]} on.", "Run: workline migrate"
            )
        ]
    if not known(revision):
        said = f"A newer release has migrated the database to {revision}; this one can serve it meanwhile."
        return [warning(said, "Start the newer release everywhere.")]
    return [ok(f"At {newest()}, as this release needs.")]


CHECKS: dict[str, DatabaseCheck] = {"migrations": migrations}
