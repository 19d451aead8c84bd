"""Seeding of a database with made-up organizations: all of them, or none."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing, nullcontext
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.security import OWNER
from schema import load_models
from schema.seed.batches import Batch, ahead, batches
from schema.seed.businesses import Business, businesses
from schema.seed.demo import OWNER as OWNER_ADDRESS
from schema.seed.demo import demo_password_hash
from schema.seed.guards import prepare, refuse_unless_empty
from schema.seed.indexes import without_word_indexes
from schema.seed.organization import organization_rows
from schema.seed.scene import Scene
from schema.seed.sizes import Sizes
from schema.seed.writing import Writer

type Progress = Callable[[str, int, int], None]
"""Function that is called with (part, done, total) at each progress."""

TASKS = "tasks"
"""Table by which progress is measured, because most rows belong to its rows."""


async def seed(connection: AsyncConnection, sizes: Sizes, progress: Progress, *, add: bool = False) -> None:
    """Create organizations of these sizes, in one transaction. An interrupted seeding leaves nothing behind.

    ``connection`` is in no transaction, and its role may become ``workline_system``: the owner, or a superuser. The
    same sizes give the same rows in every empty database, byte for byte. Raises NotEmpty if there is an organization.
    With ``add``, the next organizations of the list are added to the existing ones.
    """
    async with connection.begin():
        await prepare(connection)
        if not add:
            await refuse_unless_empty(connection)
        scenes = scenes_of(sizes, await taken(connection))
        driver: Any = (await connection.get_raw_connection()).driver_connection
        async with nullcontext() if add else without_word_indexes(connection):
            await write(Writer(driver), scenes, Report(progress, sizes.tasks))
        await connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        for table in load_models().sorted_tables:
            await connection.execute(text(f"ANALYZE {table.name}"))


async def taken(connection: AsyncConnection) -> frozenset[str]:
    """Return the addresses of existing log-ins."""
    return frozenset(await connection.scalars(text("SELECT email FROM logins")))


def scenes_of(sizes: Sizes, addresses: frozenset[str] = frozenset()) -> Iterator[Scene]:
    """Yield the organizations to create: the first ones of the list whose owners' ``addresses`` are free."""
    free: Iterable[Business] = (b for b in businesses() if b.email(OWNER_ADDRESS) not in addresses)
    for shape, business in zip(sizes.shapes(), free, strict=False):
        yield Scene.of(business, shape, sizes.seed)


async def write(writer: Writer, scenes: Iterable[Scene], report: "Report") -> None:
    """Write one organization after the other."""
    password_hash = demo_password_hash()
    for scene in scenes:
        async with aclosing(ahead(batches(organization_rows(scene, password_hash)))) as made:
            async for batch in made:
                await writer.write(batch)
                report.written(batch)
        await writer.settle(scene.id)


class Report:
    """Report of the progress."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        progress(TASKS, 0, total)

    def written(self, batch: Batch) -> None:
        """Report that these rows are in the database, though not committed."""
        done = sum(len(values) for table, values in batch.items() if table.name == TASKS)
        if done:
            self._done += done
            self._progress(TASKS, self._done, self._total)
