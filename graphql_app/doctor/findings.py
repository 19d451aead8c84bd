"""Findings of checks, and the subjects that checks examine.

Each finding is ok, a warning or a problem. Warnings and problems include a remedy.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg

from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import DriverConnection, reason
from graphql_app.postgres.migrations import Migrations
from graphql_app.settings import Settings

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""Errors of a check over a connection that are not bugs."""


class Severity(StrEnum):
    """Severity of a finding. A problem fails or leaks now. A warning may do so later."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """Sentence about the present state, and the remedy unless the state is fine."""

    level: Severity
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Findings of one check, at least one."""

    group: str
    name: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Severity:
        """Level of the worst finding."""
        return worst(finding.level for finding in self.findings)


def worst(levels: Iterable[Severity]) -> Severity:
    """Return the worst of ``levels``, or OK if there are none."""
    return max(levels, key=list(Severity).index, default=Severity.OK)


def several(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, in singular or plural."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def ok(message: str) -> Finding:
    """Return a finding that needs no remedy."""
    return Finding(Severity.OK, message)


def warning(message: str, remedy: str) -> Finding:
    """Return a finding about a state that may fail or leak later."""
    return Finding(Severity.WARNING, message, remedy)


def problem(message: str, remedy: str) -> Finding:
    """Return a finding about a state that fails or leaks now."""
    return Finding(Severity.PROBLEM, message, remedy)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings, and the names of all variables that are set, known or not."""

    settings: Settings
    variables: Collection[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """Reachable database, with a connection as the application and, if its address is known, as the owner."""

    settings: Settings
    address: Address
    migrations: Migrations
    app: DriverConnection
    owner: DriverConnection | None = None

    @property
    def best(self) -> DriverConnection:
        """Connection with more rights: the owner's, or else the application's."""
        return self.owner or self.app

    @property
    def embedded(self) -> Path | None:
        """Directory of the embedded server, or None for another server."""
        return None if self.settings.database_url else (self.settings.data_dir / "postgres").resolve()


type ConfigurationCheck = Callable[[Configuration], list[Finding]]
type DatabaseCheck = Callable[[Subject], Awaitable[list[Finding]]]


async def run_check(check: Awaitable[list[Finding]]) -> tuple[Finding, ...]:
    """Return the findings of a check, or a finding that the check has failed."""
    try:
        return tuple(await check)
    except FAILURES as error:
        return (unanswered(error),)


def unanswered(error: BaseException) -> Finding:
    """Return the finding of a failed check, which differs from a check without findings."""
    said = f"The check failed: {reason(error)}."
    return problem(said, "Run workline doctor again. If it persists, check the log of PostgreSQL.")
