"""Subjects of checks, and the execution of checks."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from graphql_app.doctor.findings import Finding, problem
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.connecting import Connection, reason
from graphql_app.settings import Settings

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""Errors of a check over a connection that are not bugs."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings, and the names of all variables that are set, with or without a meaning here."""

    settings: Settings
    variables: Collection[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """Reachable database, with a connection as the application and, if its address is known, one as the owner."""

    settings: Settings
    address: Address
    app: Connection
    owner: Connection | None = None

    @property
    def best(self) -> Connection:
        """Connection with more rights: the owner's, or else the application's."""
        return self.owner or self.app

    @property
    def embedded(self) -> Path | None:
        """Directory of the embedded server, or None for another server."""
        return None if self.settings.database_url else (self.settings.data_dir / "postgres").resolve()


type ConfigurationCheck = Callable[[Configuration], list[Finding]]
type DatabaseCheck = Callable[[Subject], Awaitable[list[Finding]]]


async def looked(check: Awaitable[list[Finding]]) -> tuple[Finding, ...]:
    """Return the findings of a check, or a finding that the check has failed."""
    try:
        return tuple(await check)
    except FAILURES as error:
        return (unanswered(error),)


def unanswered(error: BaseException) -> Finding:
    """Return the finding of a failed check, which differs from a check without findings."""
    said = f"This could not be checked: {reason(error)}."
    return problem(said, "Run workline doctor again; if it stays, look into the log of PostgreSQL.")
