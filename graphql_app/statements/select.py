"""The builder: every SELECT of the engine is written here, from (edge, keys, columns, condition, order, page).

Each function takes what is wanted and returns a SQLAlchemy statement with the parameters ``organization`` and, where
rows of several parents are asked for at once, ``keys``. Nothing here executes anything; loaders do, and a plan can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Select, and_, exists, func, literal_column, null, select, union_all

from graphql_app.database.base import Base
from graphql_app.statements.conditions import And, Condition, to_sql
from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.keyset import Place, after, before
from graphql_app.statements.orders import Order, sort_columns
from graphql_app.statements.outputs import Outputs
from graphql_app.statements.parameters import KEYS, WRITTEN_KEYS, in_keys, in_tenant
from graphql_app.statements.reach import Aliases, Reach


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
    reach = Reach(model)
    entity = reach.entity
    columns = columns_of(outputs, reach)
    rows = reach.joined(select(*columns).select_from(entity))
    return rows.where(in_tenant(entity), in_keys(getattr(entity, column)))


def select_count(wanted: List) -> Executable:
    """How many rows the list has: ``(key, count)``; a key without rows is absent."""
    entity = Aliases.of(wanted.model).row()
    counted = select(func.count()).select_from(entity).where(*conditions(wanted, entity))
    if wanted.edge is None:
        return counted.with_only_columns(null(), func.count())
    counted, owner = owned(counted, wanted.edge, entity)
    return counted.with_only_columns(owner, func.count()).where(in_keys(owner)).group_by(owner)


def select_beyond(wanted: List, place: Place, *, forward: bool) -> Select[Any]:
    """The keys whose list has a row at ``place`` or on its far side: ``(key,)``.

    The far side is what lies after the place if ``forward``, else what lies before it.
    """
    reach = Reach(wanted.model)
    sorting = sort_columns(wanted.order, reach, wanted.model)
    side = (after if forward else before)(sorting, place, inclusive=True)
    rows = reach.joined(select(literal_column("1")).select_from(reach.entity))
    rows = rows.where(*conditions(wanted, reach.entity), side)
    if wanted.edge is None:
        return select(null()).where(exists(rows))
    keys = each_key()
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


def columns_of(outputs: Outputs, reach: Reach) -> list[Any]:
    """What a statement selects for its outputs."""
    return [output.of(reach).label(f"output_{index}") for index, output in enumerate(outputs)]


def each_key() -> Any:
    """The keys as a table of one column, ``key``, in their order."""
    return func.unnest(KEYS).table_valued("key").render_derived("keys")


def each_numbered_key() -> Any:
    """The keys as a table of two columns, ``key`` and ``number``, which counts them from 1."""
    return func.unnest(WRITTEN_KEYS).table_valued("key", with_ordinality="number").render_derived("keys")


def conditions(wanted: List, entity: Any) -> list[Any]:
    """What every row of the list satisfies, its owner aside."""
    everything = wanted.condition == And(())
    return [in_tenant(entity)] if everything else [in_tenant(entity), to_sql(wanted.condition, entity)]


def owned(statement: Select[Any], edge: Edge, entity: Any) -> tuple[Select[Any], Any]:
    """The statement with what is needed to say whose row each one is, and the column that says it."""
    column = getattr(entity, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return statement, column
    assert edge.link is not None
    link = edge.link.alias()
    return statement.join(link, and_(in_tenant(link.c), link.c[edge.link_target] == column)), link.c[edge.link_parent]
