"""Sort orders: input types derived from the fields of a type, and their translation into order keys."""

from dataclasses import replace
from functools import cache, partial

import strawberry
from strawberry.types.field import StrawberryField

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.orders import Order, OrderKey, complete
from graphql_app.types.declarations import enum, optional
from graphql_app.types.fields import ColumnField, EdgeField, RestrictedField, require_visible
from graphql_app.types.filter_inputs import given, input_field, located, make_input
from graphql_app.types.registry import DeferredType, type_name_of, type_of_model
from graphql_app.types.strawberry_adapter import fields_of


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
    """Leaf of an order: the direction, and the position of nulls."""

    direction: Direction = strawberry.field(default=Direction.ASC, description="Sort direction. Default: ascending.")
    nulls: Nulls | None = optional("Position of null values. Default: last if ascending, first if descending.")


@strawberry.input(description="Sort order by the number of related records.")
class CountOrdering:
    """Leaf of an order by a to-many relation."""

    count: Direction = strawberry.field(description="Sort direction: ascending for the fewest first.")


@cache
def order_type(model: type[Base]) -> type:
    """Return the order input of the model's type, such as ``TaskOrderBy``: one value to sort by."""
    name = type_name_of(model)
    fields = [made for field in fields_of(type_of_model(model)) for made in _fields(field)]
    return make_input(
        f"{name}OrderBy", f"Key to sort {name} records by: exactly one of the fields.", fields, one_of=True
    )


def read_order(values: list[object], reading: FilterContext) -> Order:
    """Return the total order of a list of order inputs. Raises BadUserInput or Forbidden."""
    if len(values) > reading.limits.order_keys:
        raise BadUserInput(f"At most {reading.limits.order_keys} sort keys are allowed.")
    keys = []
    for index, value in enumerate(values):
        with located(index):
            keys.append(_key(value, reading))
    return complete(tuple(keys))


def _key(value: object, reading: FilterContext) -> OrderKey:
    inner = reading.deeper()
    ((name, meaning, content),) = given(value)
    with located(name):
        key: OrderKey = meaning(content, inner)
        return key


def _fields(field: StrawberryField) -> list[StrawberryField]:
    description = field.description or ""
    if isinstance(field, (ColumnField, RestrictedField)) or field.python_name == "id":
        return [input_field(field.python_name, Ordering | None, description, partial(_column_key, field))]
    if not isinstance(field, EdgeField):
        return []
    if field.edge.kind is not Kind.ONE:
        return [input_field(field.python_name, CountOrdering | None, description, partial(_count_key, field.edge))]
    related = DeferredType(make=lambda: order_type(field.edge.target))
    return [input_field(field.python_name, related | None, description, partial(_related_key, field.edge))]


def _column_key(field: StrawberryField, value: Ordering, reading: FilterContext) -> OrderKey:
    require_visible(field, reading.role)
    nulls_first = value.nulls is Nulls.FIRST if isinstance(value.nulls, Nulls) else None
    return OrderKey(field.python_name, value.direction is Direction.DESC, nulls_first)


def _related_key(edge: Edge, value: object, reading: FilterContext) -> OrderKey:
    key = _key(value, reading)
    return replace(key, path=(edge, *key.path))


def _count_key(edge: Edge, value: CountOrdering, _: FilterContext) -> OrderKey:
    return OrderKey(edge.name, value.count is Direction.DESC, counted=edge)
