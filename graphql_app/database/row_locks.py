"""Rows read by the values of columns, optionally locked: by one statement, in the order of their ids."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import zip_longest
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Column, and_, any_, bindparam, false, func, select

from graphql_app.database.connection import PooledConnection
from graphql_app.database.row_codec import codec_of
from graphql_app.errors import Conflict, Denied, Invalid, NotFound, PathItem, RuleError
from graphql_app.models.base import Base, Entity
from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.sql.parameters import KEYS, in_tenant
from graphql_app.sql.row_rules import (
    CHANGES,
    Audience,
    RowRules,
    RowScope,
    changeable_rows,
    is_restricted,
    model_with_rules,
    readable,
)

MAY_CHANGE, NOT_CHANGEABLE = "may_change", "You are not allowed to change this record."
"""Label of the column that is true if the viewer may change a row."""


class Lock(Enum):
    """Lock of a row until the transaction ends.

    FOR UPDATE also blocks inserts that refer to the row. Only ``REMOVAL`` uses it, for a row whose references are
    removed before it is deleted.
    """

    NONE = "none"
    CHANGE = "FOR NO KEY UPDATE"
    REMOVAL = "FOR UPDATE"


async def read_rows[M: Base](
    connection: PooledConnection,
    model: type[M],
    scope: RowScope,
    values: Mapping[str, object],
    lock: Lock,
    denied: set[UUID] | None = None,
) -> list[M]:
    """Return the rows with these values in their columns, in the order of their ids. ``id`` may be a list of ids.

    Locking in that order prevents deadlocks. A locked row has its current values, even if it was read before. The ids
    of rows that the viewer may not change are added to ``denied``.
    """
    codec, audience = codec_of(model), scope.audience
    is_checked = denied is not None and audience is not None and is_restricted(scope.changes, model, audience)
    changes = scope.changes if is_checked else ()
    statement = _select(model, tuple(values), isinstance(values.get("id"), list), lock, audience, changes)
    records = await connection.send(
        statement, {"organization": scope.organization_id, "viewer_id": scope.viewer_id, **values}
    )
    names, refresh = tuple(codec.columns), lock is not Lock.NONE
    rows = [connection.rows.take(codec, codec.values(names, record), refresh=refresh) for record in records]
    if denied is not None and is_checked:
        denied.update(id_of(row) for row, record in zip(rows, records, strict=True) if not record[MAY_CHANGE])
    return cast(list[M], rows)


def lock_errors(
    model: type[Base],
    found: Mapping[UUID, Base],
    ids: Sequence[UUID],
    versions: Sequence[int | None],
    path: Sequence[PathItem],
    denied: Collection[UUID] = (),
    changes: Sequence[RowRules] = CHANGES,
) -> Iterator[RuleError]:
    """Yield the errors of rows that are missing, ``denied``, duplicate or changed.

    The index of the row precedes ``path``.
    """
    seen = set[UUID]()
    for index, (id, expected) in enumerate(zip_longest(ids, versions)):
        if id not in found:
            yield not_found(model, index, *path)
        elif id in denied:
            yield not_changeable(model, changes, index, *path)
        elif id in seen:
            yield Invalid("Duplicate ID.", index, *path)
        elif not has_version(found[id], expected):
            yield conflict(model, id, index)
        seen.add(id)


def has_version(row: Base, expected: int | None) -> bool:
    """Return True if a row has the expected version, or none is expected."""
    return expected is None or expected == getattr(row, "version", None)


def id_of(row: Entity) -> UUID:
    """Return the id of a row. Raises AttributeError for tables without one."""
    return cast(UUID, row.id)


def conflict(model: type[Base], id: UUID, *path: PathItem) -> Conflict:
    """Return the error of a row whose version differs from the expected version."""
    return Conflict("The record has changed since it was read.", *path, "expectedVersion", model=model, id=id)


def not_found(model: type[Base], *path: PathItem) -> NotFound:
    """Return the error of a missing row."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()  # "order line" for OrderLine
    return NotFound(f"There is no {name} with this ID.", *path)


def not_changeable(model: type[Base], changes: Sequence[RowRules], *path: PathItem) -> Denied:
    """Return the error of a row that the viewer may see but not change."""
    return Denied(" ".join(filter(None, (rules.message(model) for rules in changes))) or NOT_CHANGEABLE, *path)


@lru_cache(maxsize=1_000)
def _select(
    model: Entity,
    names: tuple[str, ...],
    has_ids: bool,
    lock: Lock,
    audience: Audience | None,
    changes: tuple[RowRules, ...],
) -> Compiled:
    columns = codec_of(model).columns
    given: dict[str, object] = {name: bindparam(name, type_=columns[name].type) for name in names}
    if has_ids:
        given["id"] = any_(bindparam("id", type_=KEYS.type))
    shown: list[Any] = list(columns.values())
    if changes and audience is not None:
        shown.append(func.coalesce(and_(*changeable_rows(changes, model, audience)), false()).label(MAY_CHANGE))
    rows = select(*shown).where(readable(model, audience), *(columns[name] == given[name] for name in names))
    rows = rows.order_by(model.id) if has_ids or "id" not in names else rows
    return compile_statement(rows if lock is Lock.NONE else rows.with_for_update(key_share=lock is Lock.CHANGE))


@lru_cache(maxsize=1_000)
def select_existing(column: Column[Any], audience: Audience | None = None) -> Compiled:  # of any type
    """Return the SELECT of the given ``values`` that occur in a column, in rows visible to the audience."""
    values = bindparam("values", type_=ARRAY(column.type))
    model = None if audience is None else model_with_rules(column.table)
    rows = in_tenant(column.table.c) if model is None else readable(model, audience)
    return compile_statement(select(column).where(rows, column == any_(values)))
