"""Events in the outbox, as the tests read them."""

from typing import Any

import orjson

from tests.support.databases import TestDatabase

Json = dict[str, Any]
COLUMNS = """
SELECT type, operation, subject_type, subject_id, version, actor_id, key_id, mutation, changes::text, organization_id
FROM events WHERE type NOT LIKE '% %' ORDER BY position"""


async def outbox(database: TestDatabase) -> list[Json]:
    """Return all events that tests cause, of all organizations, in the order of their positions."""
    async with database.as_system() as connection:
        rows = [dict(row) for row in await connection.fetch(COLUMNS)]
    return [row | {"changes": orjson.loads(row["changes"])} for row in rows]


async def summary(database: TestDatabase) -> list[tuple[str, Json]]:
    """Return the types and changes of all events."""
    return [(row["type"], row["changes"]) for row in await outbox(database)]
