"""Seeding of a database with generated organizations, in one transaction."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.identity.seed import Progress, act_as_system, demo_password_hash, refuse_unless_empty
from graphql_app.models.base import Base
from graphql_app.postgres.roles import OWNER, SYSTEM
from schema.seed.billing import OrderGenerator
from schema.seed.demo import OWNER as OWNER_ADDRESS
from schema.seed.ledger import Ledger, open_accounts
from schema.seed.organizations import Business, Scene, SeedRow, Sizes, businesses
from schema.seed.people import create_people
from schema.seed.row_writer import Batch, Writer, ahead, batches
from schema.seed.talk import CommentGenerator, TextGenerator
from schema.seed.work import TaskGenerator, create_catalog

SEED_LOCK = 3_806_225_714_490_137
"""Key of the advisory lock that serializes seedings. Any number that never changes."""
LIMITS = ["statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"]
"""Settings that end a long transaction. PostgreSQL before 17 does not have all of them."""
MEMORY = "256MB"
"""Memory of one process while it creates an index. It is released at the end of the transaction."""
DEFINITIONS = """
    SELECT pg_get_indexdef(index.oid) AS definition, index.relname AS name
    FROM pg_class index JOIN pg_am method ON method.oid = index.relam
    WHERE method.amname = 'gin' AND index.relnamespace = 'public'::regnamespace ORDER BY index.relname"""
TASKS = "tasks"
"""Table by which progress is measured, because most rows belong to its rows."""


async def prepare(connection: AsyncConnection) -> None:
    """Remove the time limits of the transaction, and wait until no other seeding runs."""
    await act_as_system(connection)
    await connection.execute(
        text("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY(:limits)"), {"limits": LIMITS}
    )
    await connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": SEED_LOCK})


@asynccontextmanager
async def without_word_indexes(connection: AsyncConnection) -> AsyncIterator[None]:
    """Drop all GIN indexes for the block, and create them again afterwards.

    ``connection`` acts as ``workline_system``, in a transaction. No other transaction sees the indexes missing, but
    none can read the tables until it ends, so use this for empty databases only.
    """
    indexes = (await connection.execute(text(DEFINITIONS))).all()
    await _as_owner(connection, [f"DROP INDEX {index.name}" for index in indexes])
    yield
    made = [f"SET LOCAL maintenance_work_mem = '{MEMORY}'", *(index.definition for index in indexes)]
    await _as_owner(connection, made)


async def _as_owner(connection: AsyncConnection, statements: list[str]) -> None:
    for statement in (f"SET LOCAL ROLE {OWNER}", *statements, f"SET LOCAL ROLE {SYSTEM}"):
        await connection.exec_driver_sql(statement)


def organization_rows(scene: Scene, password_hash: str) -> Iterator[SeedRow]:
    """Yield the rows one after the other. Only people, accounts and the catalog are held in memory.

    Accounts have a balance of zero. Their real balance follows from the entries.
    """
    people, catalog, accounts = create_people(scene, password_hash), create_catalog(scene), open_accounts(scene)
    phrases = TextGenerator(
        scene.dice,
        scene.business.trade,
        colleagues=[person.name for person in people.users],
        customers=[customer.name for customer in accounts.customers],
    )
    ledger, talk = Ledger(scene, accounts), CommentGenerator(scene, people, phrases)
    work = TaskGenerator(scene, people, catalog, phrases, talk)
    yield scene.organization()
    yield scene.settings()
    for rows in (people.rows, catalog.rows, accounts.rows, ledger.open(people.managers[0])):
        yield from rows
    yield from OrderGenerator(scene, people, ledger, work).orders()
    yield from work.rest()
    yield from talk.posts()


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
        for table in Base.metadata.sorted_tables:
            await connection.execute(text(f"ANALYZE {table.name}"))


async def taken(connection: AsyncConnection) -> frozenset[str]:
    """Return the addresses of existing logins."""
    return frozenset(await connection.scalars(text("SELECT email FROM identities")))


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
