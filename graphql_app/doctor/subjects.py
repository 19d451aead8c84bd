"""What checks look at, and how they are run."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from graphql_app.doctor.findings import Finding, problem
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.connecting import Connection, reason
from graphql_app.settings import Settings

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What a check over a connection may end with, without being a bug."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, and the names of all variables that are set, ours and others'."""

    settings: Settings
    variables: Collection[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A database that answers, over a connection as the application and, where its address is known, as its owner."""

    settings: Settings
    address: Address
    app: Connection
    owner: Connection | None = None

    @property
    def best(self) -> Connection:
        """The connection that may see more."""
        return self.owner or self.app

    @property
    def embedded(self) -> Path | None:
        """The directory of the server if it is the embedded one."""
        return None if self.settings.database_url else (self.settings.data_dir / "postgres").resolve()


type ConfigurationCheck = Callable[[Configuration], list[Finding]]
type DatabaseCheck = Callable[[Subject], Awaitable[list[Finding]]]


async def looked(check: Awaitable[list[Finding]]) -> tuple[Finding, ...]:
    """What a check finds; when it cannot look, that is the finding."""
    try:
        return tuple(await check)
    except FAILURES as error:
        return (unanswered(error),)


def unanswered(error: BaseException) -> Finding:
    """A check that could not look is not one that found nothing."""
    said = f"This could not be checked: {reason(error)}."
    return problem(said, "Run workline doctor again; if it stays, look into the log of PostgreSQL.")
