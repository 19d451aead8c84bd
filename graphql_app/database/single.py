"""One row read, locked or inserted: a statement that was compiled once, sent by the driver."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Uuid, bindparam, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.base import Base, tenant_column
from graphql_app.database.claims import locked
from graphql_app.database.sending import send
from graphql_app.database.shapes import Shape, shape_of
from graphql_app.statements.compiled import Compiled, compile_statement


async def read_row(
    session: AsyncSession, model: type[Base], organization_id: UUID, id: UUID, *, lock: bool, removing: bool = False
) -> Any:
    """The row with this id, locked until the transaction ends if wanted; None when there is none.

    The session keeps it, as if it had loaded it. What it keeps already, it reads again by itself. ``removing`` is that
    of ``locked``.
    """
    shape, values = shape_of(model), {"organization": organization_id, "id": id}
    if removing or shape is None or shape.key(organization_id, id) in session.identity_map:
        return await session.scalar(_select(model, model, lock=lock, removing=removing), values)
    records = await send(session, _reading(shape, lock=lock), values)
    return shape.loaded(session, records[0]) if records else None


async def insert_row(session: AsyncSession, row: Base) -> bool:
    """Send a new row. Returns False, and does nothing, when a flush has to do it.

    What else the session has to send goes together with it, in an order that the session knows. Inside a savepoint the
    session has to know which rows are undone with it.
    """
    shape, state = shape_of(type(row)), inspect(row)
    if shape is None or not state.transient or session.in_nested_transaction():
        return False
    if session.new or session.dirty or session.deleted or not shape.holds(state.dict):
        return False
    values = _values(shape, state.dict)
    (record,) = await send(session, _inserting(shape, tuple(values)), values)
    shape.keep(session, row, values | shape.values(record))
    return True


def _values(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent. As for the ORM, a None where there is a default stands for the default."""
    values = {name: given.get(name) for name in shape.columns}
    for name, column in shape.columns.items():
        if values[name] is None:
            values[name] = _default(shape, column)
            if values[name] is None and column.server_default is not None:
                del values[name]
    return values


def _default(shape: Shape, column: Column[Any]) -> Any:
    default: Any = column.default
    if column is shape.mapper.version_id_col and shape.mapper.version_id_generator:
        return shape.mapper.version_id_generator(None)
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


@cache
def _reading(shape: Shape, lock: bool) -> Compiled:
    return compile_statement(_select(shape.mapper.class_, *shape.columns.values(), lock=lock))


def _select(model: Any, *what: Any, lock: bool, removing: bool = False) -> Select[Any]:
    mine = tenant_column(model) == bindparam("organization", type_=Uuid())
    rows = select(*what).where(mine, model.id == bindparam("id", type_=Uuid()))
    return locked(rows, removing=removing) if lock else rows


@lru_cache(maxsize=1_000)
def _inserting(shape: Shape, names: tuple[str, ...]) -> Compiled:
    """The key comes back, and what PostgreSQL makes itself."""
    made = [column for name, column in shape.columns.items() if name not in names or column.primary_key]
    return compile_statement(insert(shape.mapper.class_).values(dict.fromkeys(names)).returning(*made))
