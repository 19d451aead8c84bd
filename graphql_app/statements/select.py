"""The builder: every SELECT of the engine is written here, from (edge, keys, columns, condition, order, page).

Each function takes what is wanted and returns a SQLAlchemy statement with the parameters ``organization`` and, where
rows of several parents are asked for at once, ``keys``. Nothing here executes anything; loaders do, and a plan can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Select, and_, exists, func, literal_column, null, select, true, union_all
from sqlalchemy.orm import aliased

from graphql_app.database.base import Base
from graphql_app.statements.conditions import And, Condition, connected, to_sql
from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.keyset import Place, after, before
from graphql_app.statements.orders import Order, Sorting, backwards, sorting_of
from graphql_app.statements.parameters import KEYS, in_keys, in_tenant

Columns = Sequence[str]
"""The attributes that a row is read with; none for the whole row as an object of its model."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an ordered list: at most ``size`` rows between two places, counted from its end if ``backward``."""

    size: int
    backward: bool = False
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A list of rows: all of ``model``, or for each key in ``keys`` those at the other end of ``edge``."""

    model: type[Base]
    condition: Condition
    order: Order
    edge: Edge | None = None


def select_by(model: type[Base], column: str, columns: Columns = ()) -> Select[Any]:
    """Rows of ``model`` whose ``column`` is one of ``keys``: ``(row,)``, or ``(column, ..)`` for chosen ``columns``."""
    return select(*_chosen(model, columns)).where(in_tenant(model), in_keys(getattr(model, column)))


def select_page(wanted: List, page: Page, columns: Columns = ()) -> Select[Any]:
    """A page of the list, per key when it has an edge.

    Rows are ``(key, row, place value, ..)``, with a null key for a list without an edge and with ``columns`` in the
    place of the row when some are chosen. One row more than ``page.size`` tells that there are others; a backward page
    comes in reverse order.
    """
    entity = aliased(wanted.model)
    sorting = sorting_of(backwards(wanted.order) if page.backward else wanted.order, entity, wanted.model)
    places = [column.expression.label(f"place_{index}") for index, column in enumerate(sorting.columns)]
    rows = _joined(
        select(*_chosen(entity, columns), *places).where(*conditions(wanted, entity), *_bounds(page, sorting)), sorting
    )
    rows = rows.order_by(*(column.clause() for column in sorting.columns)).limit(page.size + 1)
    if wanted.edge is None:
        return rows.with_only_columns(null(), *_chosen(entity, columns), *places)
    return _per_key(wanted, entity, rows, columns)


def select_count(wanted: List) -> Executable:
    """How many rows the list has: ``(key, count)``; a key without rows is absent."""
    entity = aliased(wanted.model)
    counted = select(func.count()).select_from(entity).where(*conditions(wanted, entity))
    if wanted.edge is None:
        return counted.with_only_columns(null(), func.count())
    counted, owner = owned(counted, wanted.edge, entity)
    return counted.with_only_columns(owner, func.count()).where(in_keys(owner)).group_by(owner)


def select_beyond(wanted: List, place: Place, *, forward: bool) -> Select[Any]:
    """The keys whose list has a row at ``place`` or on its far side: ``(key,)``.

    The far side is what lies after the place if ``forward``, else what lies before it.
    """
    entity = aliased(wanted.model)
    sorting = sorting_of(wanted.order, entity, wanted.model)
    side = (after if forward else before)(sorting.columns, place, inclusive=True)
    rows = _joined(select(literal_column("1")).select_from(entity).where(*conditions(wanted, entity), side), sorting)
    if wanted.edge is None:
        return select(null()).where(exists(rows))
    keys = _keys()
    rows, owner = owned(rows, wanted.edge, entity)
    return select(keys.c.key).where(exists(rows.where(owner == keys.c.key)))


def select_types(models: Sequence[type[Base]]) -> Executable:
    """Which table each of ``keys`` is in: ``(index into models, id)``."""
    return union_all(
        *(
            select(literal_column(str(index)).label("model"), model.id).where(in_tenant(model), in_keys(model.id))  # type: ignore[attr-defined]
            for index, model in enumerate(models)
        )
    )


def _chosen(entity: Any, columns: Columns) -> list[Any]:
    """The chosen columns of an entity, or the entity itself: a row of the ORM."""
    return [getattr(entity, name) for name in columns] or [entity]


def _keys() -> Any:
    return func.unnest(KEYS).table_valued("key").render_derived("keys")


def conditions(wanted: List, entity: Any) -> list[Any]:
    """What every row of the list satisfies, its owner aside."""
    everything = wanted.condition == And(())
    return [in_tenant(entity)] if everything else [in_tenant(entity), to_sql(wanted.condition, entity)]


def _bounds(page: Page, sorting: Sorting) -> list[Any]:
    """The page's two places, in the direction in which its rows are read."""
    start, stop = (page.before, page.after) if page.backward else (page.after, page.before)
    bounds = [] if start is None else [after(sorting.columns, start)]
    return bounds if stop is None else [*bounds, before(sorting.columns, stop)]


def _joined(statement: Select[Any], sorting: Sorting) -> Select[Any]:
    for edge, near, far in sorting.joins:
        statement = statement.outerjoin(far, connected(edge, near, far))
    return statement


def owned(statement: Select[Any], edge: Edge, entity: Any) -> tuple[Select[Any], Any]:
    """The statement with what is needed to say whose row each one is, and the column that says it."""
    column = getattr(entity, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return statement, column
    assert edge.link is not None
    link = edge.link.alias()
    return statement.join(link, and_(in_tenant(link.c), link.c[edge.link_target] == column)), link.c[edge.link_parent]


def _per_key(wanted: List, entity: Any, rows: Select[Any], columns: Columns) -> Select[Any]:
    """``rows`` once for each key. A LATERAL with LIMIT runs as a nested loop: a key's rows stay in order."""
    keys = _keys()
    assert wanted.edge is not None
    rows, owner = owned(rows, wanted.edge, entity)
    page = rows.where(owner == keys.c.key).lateral("page")
    places = [page.c[f"place_{index}"] for index in range(len(wanted.order))]
    chosen = _chosen(aliased(wanted.model, page), columns)
    return select(keys.c.key, *chosen, *places).select_from(keys).join(page, true())
