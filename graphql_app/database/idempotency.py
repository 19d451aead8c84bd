"""Idempotency keys: a mutation that is sent twice with one key takes effect once.

The key is written in the transaction of its effect, so both are saved or neither is. A second call waits at the unique
index for the first call. If the first call commits, the second returns its result; otherwise the second takes effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from graphql_app.database.errors import sqlstate
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid, ValueLimit
from graphql_app.models.base import new_id
from graphql_app.models.columns import length, page_index

LONGEST = 255
LOCK_NOT_AVAILABLE = "55P03"
REUSED, IN_FLIGHT = "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_FLIGHT"

CLAIM = text("""
WITH expired AS (
    SELECT id FROM idempotency_keys
    WHERE organization_id = :organization AND expires_at < now()
      AND (user_id, mutation, key) <> (:user, :mutation, :key)
    ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED
), swept AS (
    DELETE FROM idempotency_keys WHERE organization_id = :organization AND id IN (SELECT id FROM expired)
)
INSERT INTO idempotency_keys AS known (organization_id, id, user_id, mutation, key, digest, expires_at)
VALUES (:organization, :id, :user, :mutation, :key, :digest, now() + make_interval(secs => :seconds))
ON CONFLICT (organization_id, user_id, mutation, key) DO UPDATE
SET digest = CASE WHEN known.expires_at < now() THEN excluded.digest ELSE known.digest END,
    result = CASE WHEN known.expires_at >= now() THEN known.result END,
    expires_at = CASE WHEN known.expires_at < now() THEN excluded.expires_at ELSE known.expires_at END
RETURNING digest, CAST(result AS text)""")
"""Returns the digest and the result of the key. A new or expired key has this call's digest and no result."""
KEEP = text("""
UPDATE idempotency_keys SET result = CAST(CAST(:result AS text) AS jsonb), updated_at = now()
WHERE organization_id = :organization AND user_id = :user AND mutation = :mutation AND key = :key""")


class KeyColumns:
    """Columns of ``idempotency_keys``. The domain has the model: ``class IdempotencyKey(KeyColumns, TenantBase)``."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[UUID] = mapped_column(comment="ID of the user who sent the key.")
    mutation: Mapped[str] = mapped_column(comment="Name of the mutation that was called with the key.")
    key: Mapped[str] = mapped_column(comment="Idempotency key, 1-255 characters.")
    digest: Mapped[str] = mapped_column(comment="SHA-256 hash of the input of the first call.")
    result: Mapped[dict[str, object] | None] = mapped_column(JSONB, comment="IDs of the records in the result.")
    expires_at: Mapped[datetime] = mapped_column(comment="Time of expiry.")

    @classmethod
    def constraints(cls) -> tuple[SchemaItem, ...]:
        """Return the first ``__table_args__`` of the model."""
        return (
            UniqueConstraint("organization_id", "user_id", "mutation", "key"),
            length("key", LONGEST),
            page_index("expires_at"),
        )


@dataclass(frozen=True, slots=True)
class Key:
    """Idempotency key of a call, with the hash of its input. ``seconds`` is the lifetime of its result."""

    mutation: str
    text: str
    digest: str
    seconds: float


async def claim(tx: WriteTransaction, key: Key) -> Mapping[str, Any] | None:  # values of JSON
    """Write the key, or return the result that an earlier call has saved with it.

    Raises Invalid if it was used for another input, and Conflict if the earlier call is still in progress after the
    lock timeout.
    """
    if not 0 < len(key.text) <= LONGEST:
        limit = ValueLimit(min_length=1, max_length=LONGEST)
        message = f"An idempotency key must have 1-{LONGEST} characters."
        raise Invalid(message, code="IDEMPOTENCY_KEY_INVALID", limit=limit)
    try:
        given = {"id": new_id(), "digest": key.digest, "seconds": key.seconds}
        ((digest, result),) = await tx.fetch(CLAIM, **_named(tx, key), **given)
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise Conflict("The first call with this key is still in progress. Try again.", code=IN_FLIGHT) from None
        raise
    if digest != key.digest:
        raise Invalid("This key was used with a different input. Use a new key for each change.", code=REUSED)
    return None if result is None else orjson.loads(result)


async def keep(tx: WriteTransaction, key: Key, result: Mapping[str, object]) -> None:
    """Save the result of the call."""
    await tx.fetch(KEEP, **_named(tx, key), result=orjson.dumps(result).decode())


def _named(tx: WriteTransaction, key: Key) -> dict[str, object]:
    return {"user": tx.viewer.user_id, "mutation": key.mutation, "key": key.text}
