"""Writing many changed rows with one statement for each set of columns.

The ORM sends one UPDATE per row when rows have versions. Here the values travel as arrays, so that the text of the
statement is the same for any number of rows.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Update, Uuid, column, func, inspect, literal, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from graphql_app.database.base import Base

VERSION, ID = "version", "id"


async def update_rows(session: AsyncSession, organization_id: UUID, rows: Sequence[Base]) -> None:
    """Send what has changed on rows that were read before. Raises StaleDataError when one has changed since."""
    for (model, names), changed in _by_columns(rows).items():
        statement = _update(model, organization_id, names, changed)
        written = {row.id: row for row in await session.execute(statement)}
        if len(written) != len(changed):
            raise StaleDataError(f"{len(changed) - len(written)} rows of {model.__tablename__} changed since.")
        for row in changed:
            _settle(row, names, written[_id(row)])


def _by_columns(rows: Sequence[Base]) -> dict[tuple[type[Any], tuple[str, ...]], list[Base]]:
    """The changed ones, by their model and the names of the columns that changed."""
    groups = defaultdict(list)
    for row in dict.fromkeys(rows):
        state = inspect(row)
        names = tuple(name for name in state.mapper.column_attrs.keys() if state.attrs[name].history.has_changes())  # noqa: SIM118 (no mapping)
        if state.persistent and names and hasattr(row, "organization_id"):
            groups[type(row), names].append(row)
    return groups


def _update(model: type[Any], organization_id: UUID, names: Sequence[str], rows: Sequence[Any]) -> Update:
    """Whose new values are columns of ``given``, one array each."""
    versioned = hasattr(model, VERSION)
    sent = [ID, *names, *([VERSION] if versioned else [])]
    columns = {name: model.__table__.c[name] for name in sent}
    arrays = [literal([getattr(row, name) for row in rows], ARRAY(columns[name].type)) for name in sent]
    given = func.unnest(*arrays).table_valued(*(column(name, columns[name].type) for name in sent), name="given")
    given = given.render_derived(name="given")
    values = {columns[name]: given.c[name] for name in names}
    statement = update(model.__table__).where(
        model.__table__.c.organization_id == literal(organization_id, Uuid()), columns[ID] == given.c.id
    )
    if versioned:
        statement = statement.where(columns[VERSION] == given.c.version)
        values[columns[VERSION]] = columns[VERSION] + 1
    return statement.values(values).returning(*(model.__table__.c[name] for name in _told(model)))


def _told(model: type[Any]) -> list[str]:
    """What PostgreSQL says of a row that was written: all that it computes."""
    return [ID, *(name for name in (VERSION, "updated_at") if name in model.__table__.c)]


def _settle(row: Base, names: Sequence[str], written: Any) -> None:
    """The row is as it was written: nothing is left to be sent."""
    for name in names:
        set_committed_value(row, name, getattr(row, name))
    for name in _told(type(row)):
        set_committed_value(row, name, getattr(written, name))


def _id(row: Any) -> UUID:
    id: UUID = row.id
    return id
