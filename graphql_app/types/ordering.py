"""Sort orders: input types derived from the fields of a type, and their translation into order keys."""

from functools import cache

import strawberry

from graphql_app.errors import BadUserInput, ValueLimit
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from graphql_app.sql.edges import Edge
from graphql_app.sql.orders import Order, OrderKey, complete
from graphql_app.types.declarations import enum, optional
from graphql_app.types.fields import engine_fields
from graphql_app.types.filter_inputs import given, located, make_input
from graphql_app.types.registry import type_name_of


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

    def key(self, column: str) -> OrderKey:
        """Return the sort key of a column."""
        nulls_first = self.nulls is Nulls.FIRST if isinstance(self.nulls, Nulls) else None
        return OrderKey(column, self.direction is Direction.DESC, nulls_first)


@strawberry.input(description="Sort order by the number of related records.")
class CountOrdering:
    """Leaf of an order by a to-many relation."""

    count: Direction = strawberry.field(description="Sort direction: ascending for the fewest first.")

    def key(self, context: FilterContext, edge: Edge) -> OrderKey:
        """Return the sort key of the number of related records."""
        return OrderKey(edge.name, self.count is Direction.DESC, counted=edge)


@cache
def order_type(model: type[Base]) -> type:
    """Return the order input of the model's type, such as ``TaskOrderBy``: one value to sort by."""
    name = type_name_of(model)
    fields = [each for field in engine_fields(model) for each in field.order_fields()]
    return make_input(
        f"{name}OrderBy", f"Key to sort {name} records by: exactly one of the fields.", fields, one_of=True
    )


def read_order(values: list[object], context: FilterContext) -> Order:
    """Return the total order of a list of order inputs. Raises BadUserInput or Forbidden."""
    if len(values) > context.limits.order_keys:
        limit = ValueLimit(max_items=context.limits.order_keys)
        raise BadUserInput(f"At most {limit.max_items} sort keys are allowed.", limit=limit)
    keys = []
    for index, value in enumerate(values):
        with located(index):
            keys.append(read_key(value, context))
    return complete(tuple(keys))


def read_key(value: object, context: FilterContext) -> OrderKey:
    """Return the sort key of an order input. Raises BadUserInput or Forbidden."""
    inner = context.deeper()
    ((name, meaning, content),) = given(value)
    with located(name):
        key: OrderKey = meaning(content, inner)
        return key
