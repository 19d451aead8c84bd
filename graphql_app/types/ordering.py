"""Orders: the input type of a view, made from its fields, and its translation into order keys."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.orders import Order, OrderKey, complete
from graphql_app.types.descriptions import enum, optional
from graphql_app.types.fields import ColumnField, EdgeField, RestrictedField, refuse_unless_visible
from graphql_app.types.inputs import given, input_field, located, make_input
from graphql_app.types.model_type import fields_of
from graphql_app.types.registry import DeferredType, type_name_of, type_of_model


@enum
class Direction(Choice):
    """Sort direction."""

    ASC = "ASC", "Ascending: smallest, earliest or alphabetically first value first."
    DESC = "DESC", "Descending: largest, latest or alphabetically last value first."


@enum
class Nulls(Choice):
    """Position of null values in the sort order."""

    FIRST = "FIRST", "Before all other values."
    LAST = "LAST", "After all other values."


@strawberry.input(description="Sort order by one value.")
class Ordering:
    """The leaf of an order: a direction, and where nulls go."""

    direction: Direction = strawberry.field(default=Direction.ASC, description="Sort direction. Default: ascending.")
    nulls: Nulls | None = optional("Position of null values. Default: last if ascending, first if descending.")


@strawberry.input(description="Sort order by the number of related records.")
class CountOrdering:
    """The leaf of an order by a to-many relation."""

    count: Direction = strawberry.field(description="Sort direction: ascending for the fewest first.")


Meaning = Callable[[Any, FilterContext], OrderKey]


@cache
def order_type(model: type[Base]) -> type:
    """The order input of the view of ``model``, such as ``TaskOrderBy``: one value to sort by."""
    name = type_name_of(model)
    fields = [made for field in fields_of(type_of_model(model)) for made in _fields(field)]
    return make_input(
        f"{name}OrderBy", f"Key to sort {name} records by: exactly one of the fields.", fields, one_of=True
    )


def read_order(values: list[Any], reading: FilterContext) -> Order:
    """The total order that a list of order inputs stands for. Raises BadUserInput or Forbidden."""
    if len(values) > reading.limits.order_keys:
        raise BadUserInput(f"At most {reading.limits.order_keys} sort keys are allowed.")
    keys = []
    for index, value in enumerate(values):
        with located(index):
            keys.append(_key(value, reading))
    return complete(tuple(keys))


def _key(value: Any, reading: FilterContext) -> OrderKey:
    inner = reading.deeper()
    ((name, meaning, content),) = given(value)
    with located(name):
        key: OrderKey = meaning(content, inner)
        return key


def _fields(field: StrawberryField) -> list[StrawberryField]:
    description = field.description or ""
    if isinstance(field, (ColumnField, RestrictedField)) or field.python_name == "id":
        return [input_field(field.python_name, Ordering | None, description, _column(field))]
    if not isinstance(field, EdgeField):
        return []
    if field.edge.kind is not Kind.ONE:
        return [input_field(field.python_name, CountOrdering | None, description, _count(field.edge))]
    far: Any = DeferredType(make=lambda: order_type(field.edge.target))
    return [input_field(field.python_name, far | None, description, _edge(field.edge))]


def _column(field: StrawberryField) -> Meaning:
    def read(value: Ordering, reading: FilterContext) -> OrderKey:
        refuse_unless_visible(field, reading.role)
        nulls_first = value.nulls is Nulls.FIRST if isinstance(value.nulls, Nulls) else None
        return OrderKey(field.python_name, value.direction is Direction.DESC, nulls_first)

    return read


def _edge(edge: Edge) -> Meaning:
    def read(value: Any, reading: FilterContext) -> OrderKey:
        key = _key(value, reading)
        return replace(key, path=(edge, *key.path))

    return read


def _count(edge: Edge) -> Meaning:
    def read(value: CountOrdering, reading: FilterContext) -> OrderKey:
        return OrderKey(edge.name, value.count is Direction.DESC, counted=edge)

    return read
