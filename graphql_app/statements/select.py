"""The builder: every SELECT of the engine is written here, from (edge, keys, columns, condition, order, page).

Each function takes what is wanted and returns a SQLAlchemy statement with the parameters ``organization`` and, where
rows of several parents are asked for at once, ``keys``. Nothing here executes anything; loaders do, and a plan can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Executable,
    Integer,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from graphql_app.database.base import Base
from graphql_app.statements.conditions import And, Condition, to_sql
from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.keyset import Place, after, before
from graphql_app.statements.orders import Order, SortColumn, backwards, sort_columns
from graphql_app.statements.outputs import Outputs
from graphql_app.statements.parameters import KEYS, in_keys, in_tenant
from graphql_app.statements.reach import Reach
from graphql_app.statements.slots import Slot, bound


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


def select_by(model: type[Base], column: str, outputs: Outputs = ()) -> Select[Any]:
    """Rows of ``model`` whose ``column`` is one of ``keys``: ``(row,)``, or the chosen ``outputs``."""
    if not outputs:
        return select(model).where(in_tenant(model), in_keys(getattr(model, column)))
    entity = aliased(model)
    reach = Reach(entity)
    chosen = _chosen(reach, outputs)
    return reach.joined(select(*chosen).select_from(entity)).where(in_tenant(entity), in_keys(getattr(entity, column)))


def select_page(wanted: List, page: Page, outputs: Outputs = ()) -> Select[Any]:
    """A page of the list, per key when it has an edge.

    Rows are ``(key, row, place value, ..)``, with a null key for a list without an edge. When ``outputs`` are chosen
    they stand in the place of the row, and the key is a text. One row more than ``page.size`` tells that there are
    others; a backward page comes in reverse order.
    """
    reach = Reach(aliased(wanted.model))
    sorting = sort_columns(backwards(wanted.order) if page.backward else wanted.order, reach, wanted.model)
    places = [column.expression.label(f"place_{index}") for index, column in enumerate(sorting)]
    chosen = _chosen(reach, outputs)
    rows = reach.joined(select(null().label("key"), *chosen, *places).select_from(reach.entity))
    rows = rows.where(*conditions(wanted, reach.entity), *_bounds(page, sorting))
    rows = rows.order_by(*(column.clause() for column in sorting)).limit(_one_more(page.size))
    return rows if wanted.edge is None else _per_key(wanted, reach.entity, rows, bool(outputs))


def _one_more(size: Any) -> Any:
    """The limit of a page; for a slot, the value that comes into it is one more already."""
    return bound(size, Integer()) if isinstance(size, Slot) else size + 1


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
    reach = Reach(aliased(wanted.model))
    sorting = sort_columns(wanted.order, reach, wanted.model)
    side = (after if forward else before)(sorting, place, inclusive=True)
    rows = reach.joined(select(literal_column("1")).select_from(reach.entity))
    rows = rows.where(*conditions(wanted, reach.entity), side)
    if wanted.edge is None:
        return select(null()).where(exists(rows))
    keys = _keys()
    rows, owner = owned(rows, wanted.edge, reach.entity)
    return select(keys.c.key).where(exists(rows.where(owner == keys.c.key)))


def select_types(models: Sequence[type[Base]]) -> Executable:
    """Which table each of ``keys`` is in: ``(index into models, id)``."""
    return union_all(
        *(
            select(literal_column(str(index)).label("model"), model.id).where(in_tenant(model), in_keys(model.id))  # type: ignore[attr-defined]
            for index, model in enumerate(models)
        )
    )


def _chosen(reach: Reach, outputs: Outputs) -> list[Any]:
    """The chosen outputs, or the row itself as an object of the ORM."""
    return [output.of(reach).label(f"output_{index}") for index, output in enumerate(outputs)] or [reach.entity]


def _keys() -> Any:
    return func.unnest(KEYS).table_valued("key").render_derived("keys")


def conditions(wanted: List, entity: Any) -> list[Any]:
    """What every row of the list satisfies, its owner aside."""
    everything = wanted.condition == And(())
    return [in_tenant(entity)] if everything else [in_tenant(entity), to_sql(wanted.condition, entity)]


def _bounds(page: Page, sorting: Sequence[SortColumn]) -> list[Any]:
    """The page's two places, in the direction in which its rows are read."""
    start, stop = (page.before, page.after) if page.backward else (page.after, page.before)
    bounds = [] if start is None else [after(sorting, start)]
    return bounds if stop is None else [*bounds, before(sorting, stop)]


def owned(statement: Select[Any], edge: Edge, entity: Any) -> tuple[Select[Any], Any]:
    """The statement with what is needed to say whose row each one is, and the column that says it."""
    column = getattr(entity, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return statement, column
    assert edge.link is not None
    link = edge.link.alias()
    return statement.join(link, and_(in_tenant(link.c), link.c[edge.link_target] == column)), link.c[edge.link_parent]


def _per_key(wanted: List, entity: Any, rows: Select[Any], chosen: bool) -> Select[Any]:
    """``rows`` once for each key. A LATERAL with LIMIT runs as a nested loop: a key's rows stay in order."""
    keys = _keys()
    assert wanted.edge is not None
    rows, owner = owned(rows, wanted.edge, entity)
    page = rows.where(owner == keys.c.key).lateral("page")
    # by position: a column of the row may have any name
    _, *read = page.c
    outputs, places = read[: -len(wanted.order)], read[-len(wanted.order) :]
    columns = [cast(keys.c.key, Text), *outputs] if chosen else [keys.c.key, aliased(wanted.model, page)]
    return select(*columns, *places).select_from(keys).join(page, true())
