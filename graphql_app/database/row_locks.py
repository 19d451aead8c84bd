"""Rows read by their ids, locked if wanted: in one order, by one statement, and refused for all reasons at once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, any_, bindparam, select

from graphql_app.database.connection import PooledConnection
from graphql_app.database.row_codec import codec_of
from graphql_app.errors import Conflict, Invalid, NotFound, PathItem, RuleError
from graphql_app.models.base import Base
from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.sql.parameters import KEYS, in_tenant


class Lock(Enum):
    """Lock that a row gets until the transaction ends.

    FOR UPDATE would also block every insert that refers to the row: only ``REMOVAL`` uses it, for a row whose
    references are removed before it is deleted.
    """

    NONE = "none"
    CHANGE = "FOR NO KEY UPDATE"
    REMOVAL = "FOR UPDATE"


async def read_rows(
    connection: PooledConnection, model: type[Base], organization_id: UUID, values: Mapping[str, Any], lock: Lock
) -> list[Any]:
    """Return the rows with these values in their columns, in the order of their ids; a list of ids is any of them.

    They are locked in that order, so that none waits in a circle. A locked row is as it is now, even if it was read
    before.
    """
    codec = codec_of(model)
    statement = _select(model, tuple(values), isinstance(values.get("id"), list), lock)
    records = await connection.send(statement, {"organization": organization_id, **values})
    read, names, refresh = connection.rows.take, tuple(codec.columns), lock is not Lock.NONE
    return [read(codec, codec.values(names, record), refresh=refresh) for record in records]


async def read_existing(
    connection: PooledConnection, column: Column[Any], organization_id: UUID, values: Iterable[Any]
) -> set[Any]:
    """Return those of the values that ``column`` has in some row."""
    records = await connection.send(_existing(column), {"organization": organization_id, "values": list(values)})
    return {value for (value,) in records}


def unfit(
    model: type[Base],
    found: Mapping[UUID, Any],
    ids: Sequence[UUID],
    versions: Sequence[int | None],
    path: Sequence[PathItem],
) -> Iterator[RuleError]:
    """Return the errors of rows that are not as requested, each with its index in front of ``path``."""
    seen = set[UUID]()
    for index, (id, expected) in enumerate(zip_longest(ids, versions)):
        if id not in found:
            yield not_found(model, index, *path)
        elif id in seen:
            yield Invalid("Duplicate ID.", index, *path)
        elif not has_version(found[id], expected):
            yield conflict(model, id, index)
        seen.add(id)


def has_version(row: Any, expected: int | None) -> bool:
    """Return whether a row has the version that the client has seen, if it says which."""
    return expected is None or expected == getattr(row, "version", None)


def conflict(model: type[Base], id: UUID, *path: PathItem) -> Conflict:
    """Return the error of a row that has another version than the client has seen."""
    return Conflict("The record has changed since it was read.", *path, "expectedVersion", model=model, id=id)


def not_found(model: type[Base], *path: PathItem) -> NotFound:
    """Return the error of a row that is not there."""
    return NotFound(f"There is no {_words(model.__name__)} with this ID.", *path)


@lru_cache(maxsize=1_000)
def _select(model: Any, names: tuple[str, ...], has_ids: bool, lock: Lock) -> Compiled:
    columns = codec_of(model).columns
    given: dict[str, Any] = {name: bindparam(name, type_=columns[name].type) for name in names}
    if has_ids:
        given["id"] = any_(bindparam("id", type_=KEYS.type))
    rows = select(*columns.values()).where(in_tenant(model), *(columns[name] == given[name] for name in names))
    rows = rows.order_by(model.id) if has_ids or "id" not in names else rows
    return compile_statement(rows if lock is Lock.NONE else rows.with_for_update(key_share=lock is Lock.CHANGE))


@lru_cache(maxsize=1_000)
def _existing(column: Any) -> Compiled:
    values = bindparam("values", type_=ARRAY(column.type))
    return compile_statement(select(column).where(in_tenant(column.table.c), column == any_(values)))


def _words(name: str) -> str:
    """Return a class's name in a sentence: ``OrderLine`` as order line."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
