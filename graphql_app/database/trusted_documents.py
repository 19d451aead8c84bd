"""Trusted documents in PostgreSQL, shared by all server processes.

The owner writes them by ``workline documents``, as ``workline_system``. The application calls a function that returns
one text by its id or hash: a server cannot list or change the documents that it trusts.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.models.base import SystemBase
from graphql_app.models.columns import length
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import NotMigrated
from graphql_app.postgres.roles import as_system

LONGEST_ID = 255
LONGEST_TEXT = 1_000_000
"""Most characters of an id, and of a text."""
MOST_DOCUMENTS = 10_000
MOST_BYTES = 50_000_000
"""Most documents in the table, and bytes of their texts."""
FIND = "SELECT find_trusted_document($1)"
LOCK = "LOCK TABLE trusted_documents IN SHARE ROW EXCLUSIVE MODE"
OTHERS = """
SELECT stored.id FROM trusted_documents AS stored JOIN unnest($1::text[], $2::text[]) AS pushed(id, hash) USING (id)
WHERE stored.hash <> pushed.hash ORDER BY stored.id LIMIT 1"""
PUSH = """
INSERT INTO trusted_documents AS stored (id, hash, text) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (id) DO UPDATE SET pushed_at = now() RETURNING stored.created_at = now()"""
TOTALS = "SELECT count(*), coalesce(sum(octet_length(text)), 0) FROM trusted_documents"
LIST = "SELECT id, text, octet_length(text), created_at, pushed_at FROM trusted_documents ORDER BY pushed_at DESC, id"
DELETE = "DELETE FROM trusted_documents WHERE id = ANY ($1::text[]) RETURNING id"
DELETE_OLD = "DELETE FROM trusted_documents WHERE pushed_at < now() - $1::interval RETURNING id"


class TrustedDocument(SystemBase):
    """Document that servers execute by its id, by its hash or as text. Not the model of a GraphQL type."""

    __tablename__ = "trusted_documents"
    __table_args__ = (Index(None, "hash"), length("id", LONGEST_ID), length("text", LONGEST_TEXT))

    id: Mapped[str] = mapped_column(
        primary_key=True, comment="ID of the document in the manifest, without the prefix sha256:, 1-255 characters."
    )
    hash: Mapped[str] = mapped_column(
        comment="SHA-256 hash of the text in lower-case hexadecimal digits, by which the document is found, too."
    )
    text: Mapped[str] = mapped_column(comment="GraphQL document, up to 1,000,000 characters.")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of the first push.")
    pushed_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="Time of the last push of a manifest that contains the document."
    )


class RefusedPush(Exception):
    """Documents that cannot be stored. The message names the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class PushedDocument:
    """Document to be stored, with the SHA-256 hash of its text."""

    id: str
    hash: str
    text: str

    def check(self) -> None:
        """Raise RefusedPush if the document is too long, or contains characters that PostgreSQL does not store."""
        if len(self.id) > LONGEST_ID:
            raise RefusedPush(f"The id {self.id[:40]}... is longer than {LONGEST_ID} characters.")
        if len(self.text) > LONGEST_TEXT:
            raise RefusedPush(f"The document {self.id} is longer than {LONGEST_TEXT:,} characters.")
        if not is_storable(self.id + self.text):
            raise RefusedPush(f"The document {self.id!r} contains a character that cannot be stored.")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """Row of the list of documents."""

    id: str
    text: str
    bytes: int
    created_at: datetime
    pushed_at: datetime


def is_storable(text: str) -> bool:
    """Return True unless the text contains NUL or a lone surrogate."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


async def find_document(connections: ConnectionPool, key: str) -> str | None:
    """Return the text of the document with this id or hash, or None. Raises the errors of the driver."""
    if not 0 < len(key) <= LONGEST_ID or not is_storable(key):
        return None
    session = OperationSession(connections, None)
    try:
        ((text,),) = await session.fetch(FIND, [key], generic=True)
    finally:
        await session.close()
    found: str | None = text
    return found


async def push(owner: DriverConnection, documents: Sequence[PushedDocument]) -> int:
    """Store all documents, or none. Return the number of new ones. Raises RefusedPush.

    A document that is stored already keeps its text, and counts as pushed now.
    """
    for document in documents:
        document.check()
    ids, hashes, texts = ([getattr(each, name) for each in documents] for name in ("id", "hash", "text"))
    async with _migrated(owner):
        await owner.execute(LOCK)
        other = await owner.fetchval(OTHERS, ids, hashes)
        if other is not None:
            raise RefusedPush(f"The id {other} is stored with another text. Delete it first, or change the id.")
        created = await owner.fetch(PUSH, ids, hashes, texts)
        count, size = await owner.fetchrow(TOTALS) or (0, 0)
        if count > MOST_DOCUMENTS or size > MOST_BYTES:
            raise RefusedPush(
                f"{count:,} documents of {size:,} bytes would be stored; the limits are {MOST_DOCUMENTS:,} documents "
                f"and {MOST_BYTES:,} bytes. Delete old ones: workline documents delete --older-than DAYS"
            )
    return sum(is_new for (is_new,) in created)


async def stored(owner: DriverConnection) -> list[StoredDocument]:
    """Return all documents, the last pushed first."""
    async with _migrated(owner):
        return [StoredDocument(*row) for row in await owner.fetch(LIST)]


async def delete(owner: DriverConnection, ids: Sequence[str], age: timedelta | None = None) -> list[str]:
    """Delete documents by their ids, and those whose last push is older than ``age``. Return the deleted ids."""
    async with _migrated(owner):
        deleted = await owner.fetch(DELETE, ids)
        if age is not None:
            deleted += await owner.fetch(DELETE_OLD, age)
    return [id for (id,) in deleted]


@asynccontextmanager
async def _migrated(owner: DriverConnection) -> AsyncIterator[None]:
    """Run the block in a transaction of ``workline_system``. Raises NotMigrated if there is no table."""
    try:
        async with as_system(owner):
            await owner.execute("SET LOCAL lock_timeout = '10s'")
            yield
    except asyncpg.UndefinedTableError as error:
        raise NotMigrated from error
