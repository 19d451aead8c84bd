"""One row read or locked by its id: a statement that was compiled once, sent by the driver."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select

from graphql_app.database.base import Base, tenant_column
from graphql_app.database.claims import locked
from graphql_app.database.connection import PooledConnection
from graphql_app.database.sending import send
from graphql_app.database.shapes import Shape, shape_of
from graphql_app.statements.compiled import Compiled, compile_statement

NEW = "new_"
"""What the names of a new row's parameters begin with, where others are beside them."""


async def read_row(
    connection: PooledConnection,
    model: type[Base],
    organization_id: UUID,
    id: UUID,
    *,
    lock: bool,
    removing: bool = False,
) -> Any:
    """The row with this id, locked until the transaction ends if wanted; None when there is none.

    A session is going to know it, as if it had loaded it. What is known already, a session reads again by itself.
    ``removing`` is that of ``locked``.
    """
    shape, values = shape_of(model), {"organization": organization_id, "id": id}
    if removing or shape is None or connection.knows(shape.key(organization_id, id)):
        return await connection.session().scalar(_select(model, model, lock=lock, removing=removing), values)
    records = await send(connection, _reading(shape, lock=lock), values)
    if not records:
        return None
    row = shape.loaded(records[0])
    connection.keep(row)
    return row


@cache
def _reading(shape: Shape, lock: bool) -> Compiled:
    return compile_statement(_select(shape.mapper.class_, *shape.columns.values(), lock=lock))


def _select(model: Any, *what: Any, lock: bool, removing: bool = False) -> Select[Any]:
    mine = tenant_column(model) == bindparam("organization", type_=Uuid())
    rows = select(*what).where(mine, model.id == bindparam("id", type_=Uuid()))
    return locked(rows, removing=removing) if lock else rows
