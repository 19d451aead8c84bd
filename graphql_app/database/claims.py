"""Claiming rows: locked in an order that is always the same, and refused for all reasons at once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, any_, literal, select

from graphql_app.database.base import Base, tenant_column
from graphql_app.errors import Conflict, Invalid, NotFound, PathItem, RuleError


def select_rows(model: type[Any], organization_id: UUID, ids: Sequence[UUID]) -> Select[Any]:
    """The rows with these ids. Whoever locks them takes them in this order, so that nobody waits in a circle."""
    return select(model).where(tenant_column(model) == organization_id, among(model.id, ids)).order_by(model.id)


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """``column`` is one of these values, which travel as one array."""
    return column == any_(literal(list(values), ARRAY(column.type)))  # type: ignore[no-any-return]


def locked(rows: Select[Any], *, removing: bool = False) -> Select[Any]:
    """The same rows, locked until the transaction ends, and as they are now even if they were read before.

    FOR NO KEY UPDATE, since FOR UPDATE would also block every insert that refers to a row: just what ``removing`` asks
    for, when that which refers to a row is seen to before it goes.
    """
    return rows.with_for_update(key_share=not removing).execution_options(populate_existing=True)


def unfit(
    model: type[Base],
    found: Mapping[UUID, Any],
    ids: Sequence[UUID],
    versions: Sequence[int | None],
    path: Sequence[PathItem],
) -> Iterator[RuleError]:
    """Why rows with these ids are not what was asked for, each with its index in front of ``path``."""
    seen = set[UUID]()
    for index, (id, expected) in enumerate(zip_longest(ids, versions)):
        if id not in found:
            yield not_found(model, index, *path)
        elif id in seen:
            yield Invalid("This record is named twice.", index, *path)
        elif expected is not None and expected != getattr(found[id], "version", None):
            yield Conflict("Somebody changed it since.", index, "expectedVersion", model=model, id=id)
        seen.add(id)


def not_found(model: type[Base], *path: PathItem) -> NotFound:
    """There is none: to be raised."""
    return NotFound(f"There is no {_words(model.__name__)} with this id.", *path)


def _words(name: str) -> str:
    """``OrderLine`` in a sentence: order line."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
