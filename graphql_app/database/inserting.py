"""One new row: a statement that was compiled once, sent by the driver.

Where more is to be read than what PostgreSQL has made of the row, the INSERT is a part of the statement that reads it:
what is shown of the row, or a row that it refers to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm.attributes import instance_state

from graphql_app.database.base import Base
from graphql_app.database.connection import PooledConnection
from graphql_app.database.sending import send
from graphql_app.database.shapes import Shape, shape_of
from graphql_app.database.shown import Shown
from graphql_app.statements.compiled import Compiled, compile_statement
from graphql_app.statements.edges import Edge
from graphql_app.statements.outputs import Output
from graphql_app.statements.reach import Reach
from graphql_app.statements.select import columns_of

MOST = 20
"""Statements that a plan keeps, each for other columns that are given."""
NEW = "new_"
"""What the names of a new row's parameters begin with, where others are beside them."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """What came of it."""

    referred: Any = None
    """The row at the end of the edge that was asked for, if any."""


async def insert_row(
    connection: PooledConnection, row: Base, shown: Shown | None = None, beside: Edge | None = None
) -> Inserted | None:
    """Send a new row. Returns None, and does nothing, when a flush has to do it.

    What else is to be sent goes together with it, in an order that a session knows. Inside a savepoint a session has to
    know which rows are undone with it. What is going to be ``shown`` is read as well, if it is of the row's model, and
    so is the row at the end of the edge ``beside``.
    """
    shape, given = shape_of(type(row)), instance_state(row).dict
    if shape is None or connection.is_unsent or connection.in_savepoint or not _is_new(row) or not shape.holds(given):
        return None
    far = None if beside is None else _far(connection, shape, beside, given)
    if beside is not None and far is None:
        return None
    values = _values(shape, given)
    seen = shown if shown is not None and shown.model is type(row) else Shown(type(row), ())
    record = await _send(connection, shape, values, seen, beside)
    first = len(seen.outputs)
    made = dict(zip(_made(shape, tuple(values)), record[first:], strict=False))
    connection.keep(shape.settled(row, values | shape.values(made)))
    seen.take(values["id"], record[:first], connection)
    return Inserted(None if far is None else _referred(connection, far, record[first + len(made) :]))


async def _send(
    connection: PooledConnection, shape: Shape, values: Mapping[str, Any], shown: Shown, beside: Edge | None
) -> tuple[Any, ...]:
    """What is told of the row: what is shown, what PostgreSQL has made of it, and the row that it refers to."""
    names = tuple(values)
    if not shown.outputs and beside is None:
        (record,) = await send(connection, _inserting(shape, names), values)
        return tuple(record)
    key = names, None if beside is None else beside.name
    statement = shown.statements.get(key)
    if statement is None:
        if len(shown.statements) >= MOST:
            shown.statements.clear()
        statement = shown.statements[key] = _inserting_and_telling(shape, names, tuple(shown.outputs), beside)
    new = {f"{NEW}{name}": value for name, value in values.items()}
    new["organization"] = values.get("organization_id", values["id"])
    (record,) = await send(connection, statement, new)
    return tuple(record)


def _is_new(row: Base) -> bool:
    state = instance_state(row)
    return state.key is None and not state.session_id


def _far(connection: PooledConnection, shape: Shape, edge: Edge, given: Mapping[str, Any]) -> Shape | None:
    """The shape of the row at the end of an edge, if it can be read beside a new one.

    The new row is all that there is of its own table; and a row that is known already is not read once more.
    """
    far = None if edge.target is shape.mapper.class_ else shape_of(edge.target)
    if far is None or connection.knows(far.key(given["organization_id"], given.get(edge.parent_key))):
        return None
    return far


def _referred(connection: PooledConnection, far: Shape, values: tuple[Any, ...]) -> Any:
    found = dict(zip(far.columns, values, strict=True))
    if any(found[name] is None for name in far.primary):
        return None
    row = far.loaded(found)
    connection.keep(row)
    return row


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


@lru_cache(maxsize=1_000)
def _made(shape: Shape, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that come back of a row that is inserted with these: its key, and what PostgreSQL makes itself."""
    return tuple(name for name, column in shape.columns.items() if name not in names or column.primary_key)


@lru_cache(maxsize=1_000)
def _inserting(shape: Shape, names: tuple[str, ...]) -> Compiled:
    made = [shape.columns[name] for name in _made(shape, names)]
    return compile_statement(insert(shape.mapper.class_).values(dict.fromkeys(names)).returning(*made))


@lru_cache(maxsize=1_000)
def _inserting_and_telling(
    shape: Shape, names: tuple[str, ...], shown: tuple[Output, ...], beside: Edge | None
) -> Compiled:
    """``WITH tasks AS (INSERT INTO tasks ..)``, and a SELECT to which the new row is the whole table."""
    model: Any = shape.mapper.class_
    new = {name: bindparam(f"{NEW}{name}", type_=shape.columns[name].type) for name in names}
    inserted = insert(model).values(new).returning(*model.__table__.c).cte(model.__table__.name)
    made = map(Output, _made(shape, names))
    far = None if beside is None else shape_of(beside.target)
    referred = () if far is None or beside is None else (Output(name, path=(beside,)) for name in far.columns)
    reach = Reach(model)
    telling = select(*columns_of((*shown, *made, *referred), reach)).select_from(reach.entity)
    return compile_statement(reach.joined(telling).add_cte(inserted))
