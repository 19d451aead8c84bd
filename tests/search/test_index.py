"""Index of the words: used in spite of row-level security, for the words of one organization only."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.roles import APP, SYSTEM, Server
from tests.search.texts import TABLES
from tests.support.databases import TestDatabase, copy_of

MANY, EVERY = 4_000, 200
"""Rows of each type, and the reciprocal of the share that matches."""
TEXT = f"'The ' || CASE WHEN n % {EVERY} = 0 THEN 'needle' ELSE 'hay' END || ' of number ' || n"
ROWS = f"""
INSERT INTO organizations (id, name) VALUES ('{{0}}', 'Many');
INSERT INTO users (organization_id, id, name, email, role) VALUES ('{{0}}', '{{0}}', 'Ada', 'a@b.c', 'OWNER');
INSERT INTO tasks (organization_id, id, creator_id, title, status, priority)
SELECT '{{0}}', gen_random_uuid(), '{{0}}', {TEXT}, 'OPEN', 3 FROM generate_series(1, {MANY}) n;
INSERT INTO posts (organization_id, id, author_id, title, body)
SELECT '{{0}}', gen_random_uuid(), '{{0}}', {TEXT}, {TEXT} FROM generate_series(1, {MANY}) n;
INSERT INTO comments (organization_id, id, author_id, post_id, body)
SELECT '{{0}}', gen_random_uuid(), '{{0}}', (SELECT id FROM posts WHERE organization_id = '{{0}}' LIMIT 1), {TEXT}
FROM generate_series(1, {MANY}) n;
INSERT INTO workers (organization_id, id, name, hourly_rate)
SELECT '{{0}}', gen_random_uuid(), {TEXT}, 1 FROM generate_series(1, {MANY}) n;
"""
SCANS = "SELECT pg_stat_get_xact_numscans(oid), pg_stat_get_xact_tuples_returned(oid) FROM pg_class WHERE relname = $1"


def index_of(type: str) -> str:
    return f"ix_{TABLES[type][0]}_search_vector"


@pytest.fixture(scope="module")
async def many(postgres: Server, template: str) -> AsyncIterator[tuple[TestDatabase, UUID]]:
    """Provide a database of two organizations with many rows, and one of the two."""
    async with copy_of(postgres, template) as made:
        mine, theirs = uuid4(), uuid4()
        async with made.as_system() as connection:
            for organization in (mine, theirs):
                await connection.execute(ROWS.format(organization))
        connection = await connect(made.owner)
        for table, *_ in TABLES.values():
            await connection.execute(f"ANALYZE {table}")
        await connection.close()
        yield made, mine


@pytest.fixture
async def admin(many: tuple[TestDatabase, UUID]) -> AsyncIterator[DriverConnection]:
    """Connect as the administrator, with planner costs of an SSD."""
    connection = await connect(many[0].admin)
    await connection.execute("SET random_page_cost = 1.1")
    yield connection
    await connection.close()


@pytest.mark.parametrize("type", TABLES)
async def test_a_search_scans_only_matching_rows_of_the_index(
    admin: DriverConnection, many: tuple[TestDatabase, UUID], type: str
) -> None:
    """The scan does not even return rows of the other organization, since the organization is one of the words."""
    async with admin.transaction():
        await admin.execute(f"SET LOCAL ROLE {APP}; SET LOCAL app.org = '{many[1]}'")
        found = await admin.fetch("SELECT * FROM find_texts('needle', $1, 100, NULL, NULL, NULL)", [type])
        counted = {each: tuple((await admin.fetch(SCANS, index_of(each)))[0]) for each in TABLES}
        whole_tables = [await admin.fetchval(SCANS, TABLES[each][0]) for each in TABLES]
    assert len(found) == MANY // EVERY
    assert counted == {each: (1, len(found)) if each == type else (0, 0) for each in TABLES}
    assert whole_tables == [0] * len(TABLES), "no table is scanned sequentially"


@pytest.mark.parametrize(("role", "helps"), [(APP, False), (SYSTEM, True)])
async def test_row_level_security_prevents_the_use_of_the_index(
    admin: DriverConnection, many: tuple[TestDatabase, UUID], role: str, *, helps: bool
) -> None:
    """Otherwise the function would not be needed."""
    statement = f"SELECT id FROM tasks WHERE organization_id = '{many[1]}' AND search_vector @@ 'needle'"
    async with admin.transaction():
        await admin.execute(f"SET LOCAL ROLE {role}; SET LOCAL app.org = '{many[1]}'")
        plan = "\n".join(row[0] for row in await admin.fetch(f"EXPLAIN (COSTS off) {statement}"))
    assert (index_of("TASK") in plan) == helps
