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
from graphql_app.database.shown import Shown
from graphql_app.statements.compiled import Compiled, compile_statement
from graphql_app.statements.outputs import Output
from graphql_app.statements.select import select_by

NEW = "new_"
"""What the names of a new row's parameters begin with, where others are beside them."""


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


async def insert_row(lease: Lease, row: Base, shown: Shown | None = None) -> bool:
    """Send a new row. Returns False, and does nothing, when a flush has to do it.

    What else is to be sent goes together with it, in an order that a session knows. Inside a savepoint a session has to
    know which rows are undone with it. Where the row is what is going to be ``shown``, that is read of it as well.
    """
    shape, state = shape_of(type(row)), instance_state(row)
    if shape is None or state.key is not None or state.session_id or lease.in_savepoint or lease.is_unsent:
        return False
    if not shape.holds(state.dict):
        return False
    values = _values(shape, state.dict)
    if shown is not None and shown.model is type(row):
        made = await _insert_shown(lease, shape, values, shown)
    else:
        (made,) = await send(lease, _inserting(shape, tuple(values)), values)
    lease.keep(shape.settled(row, values | shape.values(made)))
    return True


async def _insert_shown(lease: Lease, shape: Shape, values: Mapping[str, Any], shown: Shown) -> Any:
    """What PostgreSQL has made of the row; ``shown`` is told what is shown of it."""
    given = {"organization": values["organization_id"], "keys": [values["id"]]}
    given |= {f"{NEW}{name}": value for name, value in values.items()}
    (record,) = await send(lease, _inserting_shown(shape, tuple(values), tuple(shown.outputs)), given)
    most = len(shown.outputs)
    shown.take(values["id"], record[:most], lease)
    return zip(_made(shape, tuple(values)), record[most:], strict=True)


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
    made = [shape.columns[name] for name in _made(shape, names)]
    return compile_statement(insert(shape.mapper.class_).values(dict.fromkeys(names)).returning(*made))


@lru_cache(maxsize=1_000)
def _inserting_shown(shape: Shape, names: tuple[str, ...], outputs: tuple[Output, ...]) -> Compiled:
    """``WITH tasks AS (INSERT INTO tasks ..)``, and a SELECT to which the new row is the whole table."""
    model: Any = shape.mapper.class_
    new = {name: bindparam(f"{NEW}{name}", type_=shape.columns[name].type) for name in names}
    inserted = insert(model).values(new).returning(*model.__table__.c).cte(model.__table__.name)
    made = tuple(Output(name) for name in _made(shape, names))
    return compile_statement(select_by(model, "id", (*outputs, *made)).add_cte(inserted))


@lru_cache(maxsize=1_000)
def _made(shape: Shape, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that come back of a row that is inserted with these: its key, and what PostgreSQL makes itself."""
    return tuple(name for name, column in shape.columns.items() if name not in names or column.primary_key)
