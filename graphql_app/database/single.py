"""One row read, locked or inserted: a statement that was compiled once, sent by the driver."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, insert, select
from sqlalchemy.orm.attributes import instance_state

from graphql_app.database.base import Base, tenant_column
from graphql_app.database.claims import locked
from graphql_app.database.lease import Lease
from graphql_app.database.sending import send
from graphql_app.database.shapes import Shape, shape_of
from graphql_app.statements.compiled import Compiled, compile_statement


async def read_row(
    lease: Lease, model: type[Base], organization_id: UUID, id: UUID, *, lock: bool, removing: bool = False
) -> Any:
    """The row with this id, locked until the transaction ends if wanted; None when there is none.

    A session is going to know it, as if it had loaded it. What is known already, a session reads again by itself.
    ``removing`` is that of ``locked``.
    """
    shape, values = shape_of(model), {"organization": organization_id, "id": id}
    if removing or shape is None or lease.knows(shape.key(organization_id, id)):
        return await lease.session().scalar(_select(model, model, lock=lock, removing=removing), values)
    records = await send(lease, _reading(shape, lock=lock), values)
    if not records:
        return None
    row = shape.loaded(records[0])
    lease.keep(row)
    return row


async def insert_row(lease: Lease, row: Base) -> bool:
    """Send a new row. Returns False, and does nothing, when a flush has to do it.

    What else is to be sent goes together with it, in an order that a session knows. Inside a savepoint a session has to
    know which rows are undone with it.
    """
    shape, state = shape_of(type(row)), instance_state(row)
    if shape is None or state.key is not None or state.session_id or lease.in_savepoint or lease.is_unsent:
        return False
    if not shape.holds(state.dict):
        return False
    values = _values(shape, state.dict)
    (record,) = await send(lease, _inserting(shape, tuple(values)), values)
    lease.keep(shape.settled(row, values | shape.values(record)))
    return True


def _values(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent. As for the ORM, a None where there is a default stands for the default."""
    values = {}
    for name, default in shape.defaults.items():
        value = given.get(name)
        if value is None and default.make is not None:
            value = default.make()
        if value is not None or not default.by_server:
            values[name] = value
    return values


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
