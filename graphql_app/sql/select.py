"""The builder: every SELECT of the engine is written here, from (edge, keys, columns, condition, order, page).

Each function takes what is wanted and returns a SQLAlchemy statement with the parameters ``organization`` and, where
rows of several parents are asked for at once, ``keys``. Loaders read whole rows and plans read outputs, by the same
order and between the same places. One row beyond the page shows if there are more; a backward page comes in
reverse order. Nothing here executes anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Executable, Integer, Select, exists, func, literal_column, null, select, true, union_all
from sqlalchemy.orm import aliased

from graphql_app.models.base import Base
from graphql_app.sql.conditions import And, Compare, Condition, Not, Or, Related, owned, parameter_of, to_sql
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Joins, Outputs
from graphql_app.sql.orders import Order, Place, SortColumn, after, backwards, before, sort_columns
from graphql_app.sql.parameters import KEYS, WRITTEN_KEYS, Parameter, Values, bound, in_keys, in_tenant


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
    reach = Joins(model)
    entity = reach.entity
    columns = columns_of(outputs, reach)
    rows = reach.joined(select(*columns).select_from(entity))
    return rows.where(in_tenant(entity), in_keys(getattr(entity, column)))


def select_beyond(wanted: List, place: Place, *, forward: bool) -> Select[Any]:
    """The keys whose list has a row at ``place`` or on its far side: ``(key,)``.

    The far side is what lies after the place if ``forward``, else what lies before it.
    """
    reach = Joins(wanted.model)
    sorting = sort_columns(wanted.order, reach, wanted.model)
    side = (after if forward else before)(sorting, place, inclusive=True)
    rows = reach.joined(select(literal_column("1")).select_from(reach.entity))
    rows = rows.where(*conditions(wanted, reach.entity), side)
    if wanted.edge is None:
        return select(null()).where(exists(rows))
    keys = func.unnest(KEYS).table_valued("key").render_derived("keys")
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


def columns_of(outputs: Outputs, reach: Joins) -> list[Any]:
    """What a statement selects for its outputs."""
    return [output.of(reach).label(f"output_{index}") for index, output in enumerate(outputs)]


def conditions(wanted: List, entity: Any) -> list[Any]:
    """What every row of the list satisfies, its owner aside."""
    everything = wanted.condition == And(())
    return [in_tenant(entity)] if everything else [in_tenant(entity), to_sql(wanted.condition, entity)]


def select_page(wanted: List, page: Page, outputs: Outputs | None = None, *, places: bool = True) -> Select[Any]:
    """Return a SELECT of outputs, or of whole rows: ``(key's number from 1, output, .., place value, ..)``.

    The values of the places are left out unless wanted. A list without an edge has no key.
    """
    order = backwards(wanted.order) if page.backward else wanted.order
    reach = Joins(wanted.model)
    sorting = sort_columns(order, reach, wanted.model)
    read = [reach.entity] if outputs is None else columns_of(outputs, reach)
    read += _places(sorting) if places else ()
    # that there is a row can be all that is asked, and a SELECT has at least one column
    rows = _rows(wanted, page, reach, sorting, read or [null().label("nothing")])
    if wanted.edge is None:
        return rows
    # the number counts the keys from 1
    keys = func.unnest(WRITTEN_KEYS).table_valued("key", with_ordinality="number").render_derived("keys")
    own = _of_key(keys, wanted.edge, reach, rows)
    # by position: a column of the row may have any name
    shown = own.c if outputs is not None else [aliased(wanted.model, own), *list(own.c)[-len(sorting) :]]
    return select(keys.c.number, *shown).select_from(keys).join(own, true())


def _places(sorting: Sequence[SortColumn]) -> list[Any]:
    return [column.expression.label(f"place_{index}") for index, column in enumerate(sorting)]


def _rows(wanted: List, page: Page, reach: Joins, sorting: Sequence[SortColumn], read: list[Any]) -> Select[Any]:
    """Columns and rows that are read for the page of a list."""
    rows = reach.joined(select(*read).select_from(reach.entity))
    rows = rows.where(*conditions(wanted, reach.entity), *_bounds(page, sorting))
    # the value that comes into a slot says itself how many rows are read
    limit: Any = bound(page.size, Integer()) if isinstance(page.size, Parameter) else page.size + 1
    return rows.order_by(*(column.clause() for column in sorting)).limit(limit)


def _bounds(page: Page, sorting: Sequence[SortColumn]) -> list[Any]:
    """The page's two places, in the direction in which its rows are read."""
    start, stop = (page.before, page.after) if page.backward else (page.after, page.before)
    bounds = [] if start is None else [after(sorting, start)]
    return bounds if stop is None else [*bounds, before(sorting, stop)]


def _of_key(keys: Any, edge: Edge, reach: Joins, rows: Select[Any]) -> Any:
    """``rows`` of each of the keys. A LATERAL with LIMIT runs as a nested loop: a key's rows stay in order."""
    rows, owner = owned(rows, edge, reach.entity)
    return rows.where(owner == keys.c.key).lateral("page")


def parameterize_list(wanted: List, values: Values) -> List:
    """The list with slots in the place of its filter's values."""
    return replace(wanted, condition=_condition(wanted.condition, values))


def parameterize_page(page: Page, values: Values, *, one_more: bool) -> Page:
    """The page with slots in the place of its size and of the values of its places.

    ``one_more`` row than the page has is asked for, where it matters whether there are others.
    """
    return Page(
        cast(int, values.slot(page.size + one_more)),
        page.backward,
        _lift_place(page.after, values),
        _lift_place(page.before, values),
    )


def _lift_place(place: Place | None, values: Values) -> Place | None:
    """The place with slots; a null is part of the shape, since it is compared in another way."""
    return None if place is None else tuple(None if each is None else values.slot(each) for each in place)


def _condition(condition: Condition, values: Values) -> Condition:
    match condition:
        case Compare(operator="isNull"):
            return condition
        case Compare():
            return replace(condition, value=values.slot(parameter_of(condition)))
        case And(parts) | Or(parts):
            return type(condition)(tuple(_condition(part, values) for part in parts))
        case Not(part) | Related(part=part):
            return replace(condition, part=_condition(part, values))
