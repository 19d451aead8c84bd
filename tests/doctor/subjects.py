"""Databases as subjects of checks, and texts of findings."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from graphql_app.doctor.findings import Configuration, Finding, Severity, Subject
from graphql_app.settings import Settings
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase, connected
from tests.support.settings import settings_for


@asynccontextmanager
async def subject_of(database: TestDatabase, **settings: Any) -> AsyncIterator[Subject]:
    """Open the subject of checks."""
    async with connected(database.app) as app, connected(database.owner) as owner:
        yield Subject(settings_for(database, **settings), database.app, MIGRATIONS, app, owner)


def with_settings(subject: Subject, database: TestDatabase, **settings: Any) -> Subject:
    """Return the subject under other settings."""
    return replace(subject, settings=settings_for(database, **settings))


def configuration(variables: Collection[str] = (), **settings: Any) -> Configuration:
    """Return settings that depend on no environment."""
    return Configuration(Settings(**{"_env_file": None, **settings}), variables)


def messages_of(findings: list[Finding], level: Severity) -> str:
    """Return the texts of the findings, all of which must have this level."""
    assert {finding.level for finding in findings} == {level}, findings
    assert all(finding.remedy for finding in findings if level is not Severity.OK)
    return "\n".join(f"{finding.message} {finding.remedy or ''}" for finding in findings)
