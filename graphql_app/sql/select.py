"""SELECT statements of lists: built from edge, keys, outputs, condition, order and page.

A statement has the parameters ``organization`` and, for rows of several parents, ``keys``. Loaders select whole rows
and plans select outputs, in the same order and between the same positions. One extra row is read to detect whether more
follow; a backward page is selected in reverse order. This module executes no statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import (
    Executable,
    Integer,
    exists,
    func,
    inspect,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased, defer

from graphql_app.models.base import Base, Entity, table_columns
from graphql_app.models.kinds.comparators import Operand
from graphql_app.models.values import computed_names, select_value
from graphql_app.sql.conditions import And, Compare, Condition, Not, Or, Related, owned, parameter_of, to_sql
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Joins, Outputs
from graphql_app.sql.orders import Order, Place, SortColumn, after, backwards, before, sort_columns
from graphql_app.sql.parameters import (
    KEYS,
    WRITTEN_KEYS,
    Expression,
    Parameter,
    Statement,
    Values,
    bound,
    in_keys,
)
from graphql_app.sql.row_rules import Audience, readable

__all__ = ["List"]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a sorted list: up to ``size`` rows between two positions, the last ones if ``backward``."""

    size: int
    backward: bool = False
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class List:
    """List of the rows of ``model``, or of the rows to which ``edge`` leads from each of ``keys``."""

    model: type[Base]
    condition: Condition
    order: Order
    edge: Edge | None = None
    audience: Audience | None = None
    """Audience of the rows: those that rules hide from it do not belong to the list."""


def select_by(model: type[Base], column: str, outputs: Outputs = (), audience: Audience | None = None) -> Statement:
    """Return a SELECT of the visible rows with a ``column`` among ``keys``: ``(row,)``, or the ``outputs``."""
    if not outputs:
        return whole_rows(select(model), model).where(readable(model, audience), in_keys(getattr(model, column)))
    joins = Joins(model, audience)
    rows = joins.joined(select(*columns_of(outputs, joins)).select_from(joins.entity))
    return rows.where(readable(joins.entity, audience), in_keys(getattr(joins.entity, column)))


def whole_rows(statement: Statement, entity: Entity) -> Statement:
    """Return a SELECT of rows of ``entity`` without the values that PostgreSQL computes."""
    model: type[Base] = inspect(entity).mapper.class_
    return statement.options(*(defer(getattr(entity, name)) for name in computed_names(model)))


def select_computed(model: type[Base], name: str, audience: Audience | None = None) -> Statement:
    """Return a SELECT of a computed value of the rows with these ``keys``: ``(id, value)``."""
    entity: Entity = aliased(model)
    return select(entity.id, select_value(entity, name)).where(readable(entity, audience), in_keys(entity.id))


def select_beyond(listing: List, place: Place, *, forward: bool) -> Statement:
    """Return a SELECT of the keys of lists with a row at ``place`` or beyond it: ``(key,)``.

    Beyond means after the position if ``forward``, otherwise before it.
    """
    joins = Joins(listing.model, listing.audience)
    sorting = sort_columns(listing.order, joins, listing.model)
    side = (after if forward else before)(sorting, place, inclusive=True)
    rows = joins.joined(select(literal_column("1")).select_from(joins.entity))
    rows = rows.where(*conditions(listing, joins.entity), side)
    if listing.edge is None:
        return select(null()).where(exists(rows))
    keys = func.unnest(KEYS).table_valued("key").render_derived("keys")
    rows, owner = owned(rows, listing.edge, joins.entity)
    return select(keys.c.key).where(exists(rows.where(owner == keys.c.key)))


def select_types(models: Sequence[type[Base]], audience: Audience | None = None) -> Executable:
    """Return a SELECT of the table of each of ``keys``: ``(index into models, id)``."""
    return union_all(
        *(
            select(literal_column(str(index)).label("model"), entity.id).where(
                readable(entity, audience), in_keys(entity.id)
            )
            for index, entity in enumerate(cast(Sequence[Entity], models))  # all have ids
        )
    )


def columns_of(outputs: Outputs, joins: Joins) -> list[Expression]:
    """Return the columns that a statement selects for its outputs."""
    return [output.of(joins).label(f"output_{index}") for index, output in enumerate(outputs)]


def conditions(listing: List, entity: Entity) -> list[Expression]:
    """Return the conditions on rows of the list, except the condition on the parent key."""
    rows, audience = readable(entity, listing.audience), listing.audience
    return [rows] if listing.condition == And(()) else [rows, to_sql(listing.condition, entity, audience)]


def select_page(listing: List, page: Page, outputs: Outputs | None = None, *, places: bool = True) -> Statement:
    """Return a SELECT of outputs, or of whole rows: ``(index of the key from 1, output, .., place value, ..)``.

    ``places`` also selects the sort key values. A list without an edge has no key.
    """
    order = backwards(listing.order) if page.backward else listing.order
    joins = Joins(listing.model, listing.audience)
    sorting = sort_columns(order, joins, listing.model)
    read: list[Entity] = _whole_row(listing, joins.entity) if outputs is None else columns_of(outputs, joins)
    if places:
        read += (column.expression.label(f"place_{index}") for index, column in enumerate(sorting))
    # a SELECT has at least one column, even if only the number of rows matters
    rows = _rows(listing, page, joins, sorting, read or [null().label("nothing")])
    if listing.edge is None:
        return whole_rows(rows, joins.entity) if outputs is None else rows
    keys = func.unnest(WRITTEN_KEYS).table_valued("key", with_ordinality="number").render_derived("keys")
    rows, owner = owned(rows, listing.edge, joins.entity)
    # a LATERAL with LIMIT runs as a nested loop, which keeps the rows of a key in order
    own = rows.where(owner == keys.c.key).lateral("page")
    # by position: a column of the row may have any name
    columns = list(own.c)
    if outputs is not None:
        return select(keys.c.number, *columns).select_from(keys).join(own, true())
    row = aliased(listing.model, own)
    whole = select(keys.c.number, row, *columns[-len(sorting) :]).select_from(keys).join(own, true())
    return whole_rows(whole, row)


def _whole_row(listing: List, entity: Entity) -> list[Entity]:
    """Return the columns of whole rows to select: a subquery would also compute the values of expressions."""
    if listing.edge is None or not any(computed_names(listing.model)):
        return [entity]
    return [getattr(entity, name) for name in table_columns(listing.model)]


def _rows(listing: List, page: Page, joins: Joins, sorting: Sequence[SortColumn], read: list[Entity]) -> Statement:
    """Return a SELECT of the rows of a page."""
    rows = joins.joined(select(*read).select_from(joins.entity))
    rows = rows.where(*conditions(listing, joins.entity), *_bounds(page, sorting))
    # the value of a parameter already includes the extra row
    limit = bound(page.size, Integer()) if isinstance(page.size, Parameter) else page.size + 1
    return rows.order_by(*(column.clause() for column in sorting)).limit(limit)


def _bounds(page: Page, sorting: Sequence[SortColumn]) -> list[Expression]:
    """Return the conditions for the page's two positions, in the direction of reading."""
    start, stop = (page.before, page.after) if page.backward else (page.after, page.before)
    bounds = [] if start is None else [after(sorting, start)]
    return bounds if stop is None else [*bounds, before(sorting, stop)]


def parameterize_list(listing: List, values: Values) -> List:
    """Return the list with parameters instead of the values of its filter."""
    return replace(listing, condition=_condition(listing.condition, values))


def parameterize_page(page: Page, values: Values, *, one_more: bool) -> Page:
    """Return the page with parameters instead of its size and the values of its positions.

    With ``one_more``, the statement selects an extra row to detect whether more follow.
    """
    return Page(
        cast(int, values.slot(page.size + one_more)),
        page.backward,
        _parameterized(page.after, values),
        _parameterized(page.before, values),
    )


def _parameterized(place: Place | None, values: Values) -> Place | None:
    """Return the position with parameters. A null is kept, because it is compared by a different expression."""
    return None if place is None else tuple(None if each is None else values.slot(each) for each in place)


def _condition(condition: Condition, values: Values) -> Condition:
    match condition:
        case Compare():
            is_static = condition.comparator.operand is Operand.FLAG
            return condition if is_static else replace(condition, value=values.slot(parameter_of(condition)))
        case And(parts) | Or(parts):
            return type(condition)(tuple(_condition(part, values) for part in parts))
        case Not(part) | Related(part=part):
            return replace(condition, part=_condition(part, values))
