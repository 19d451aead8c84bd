"""Checks of poolers that the address does not declare."""

from dataclasses import replace

import pytest

from graphql_app.doctor.findings import Severity, Subject
from graphql_app.doctor.server import pooler
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.startup_checks import UNPREPARED
from tests.doctor.subjects import messages_of
from tests.support.databases import TestDatabase
from tests.support.pooler import pooled


async def test_no_pooler_is_fine(subject: Subject) -> None:
    assert "No pooler" in messages_of(await pooler(subject), Severity.OK)


@pytest.mark.parametrize(
    ("query", "level", "text"),
    [
        ("", Severity.PROBLEM, "Add the parameter pgbouncer=true to DATABASE_URL"),
        ("?pgbouncer=true", Severity.OK, "as declared"),
    ],
)
async def test_a_pooler_must_be_declared(
    subject: Subject, database: TestDatabase, query: str, level: Severity, text: str
) -> None:
    async with pooled(database) as address:
        through = parse_address(f"{address}{query}")
        app = await connect(through, **UNPREPARED)
        assert text in messages_of(await pooler(replace(subject, address=through, app=app)), level)
        await app.close()


async def test_a_pooler_for_migrations_is_reported(subject: Subject, database: TestDatabase) -> None:
    async with pooled(database) as address:
        owner = await connect(parse_address(address), **UNPREPARED)
        assert "Set DATABASE_OWNER_URL" in messages_of(await pooler(replace(subject, owner=owner)), Severity.WARNING)
        await owner.close()
