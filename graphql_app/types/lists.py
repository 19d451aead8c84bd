"""Lists as fields: ``to_many(m.Task.comments)`` for an edge, ``connection(m.Task)`` for all records of a model."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from types import GenericAlias
from typing import Any

from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from graphql_app.context import Context, Info
from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext, Limits
from graphql_app.models.base import Base
from graphql_app.sql.conditions import And, Condition
from graphql_app.sql.cursors import decode
from graphql_app.sql.edges import Edge, Relationship
from graphql_app.sql.orders import Order, Place, complete
from graphql_app.sql.select import List, Page
from graphql_app.types.connections import Connection, connection_type
from graphql_app.types.declarations import argument
from graphql_app.types.fields import PAGE, EdgeField, EngineField
from graphql_app.types.filter_inputs import located
from graphql_app.types.filters import filter_type, read_filter
from graphql_app.types.ordering import order_type, read_order
from graphql_app.types.registry import DeferredType
from graphql_app.types.strawberry_adapter import Arguments, Source, raw_info


def read_list(
    model: type[Base], edge: Edge | None, arguments: Arguments, reading: FilterContext, default: Order = ()
) -> tuple[List, Page]:
    """Return the list and the page that a connection's arguments request; ``default`` is the default order.

    Raises BadUserInput or Forbidden, located in the arguments.
    """
    with located("filter"):
        value = _value(arguments, "filter")
        condition = And(()) if value is None else read_filter(value, reading.anew())
    with located("orderBy"):
        keys = _value(arguments, "order_by")
        order = read_order(keys, reading) if keys else complete(default)
    return List(model, condition, order, edge), read_page(model, order, arguments, reading.limits)


def read_page(model: type[Base], order: Order, arguments: Arguments, limits: Limits) -> Page:
    """Return the requested page. Raises BadUserInput for ``first`` together with ``last``.

    The default size counts from the start.
    """
    first, last = (read_size(arguments, name, limits) for name in ("first", "last"))
    if first is not None and last is not None:
        raise BadUserInput("Use either `first` or `last`, not both.", ["last"])
    places = [_place(arguments, name, model, order) for name in ("after", "before")]
    if last is not None:
        return Page(last, True, *places)
    return Page(limits.page_default if first is None else first, False, *places)


def read_size(arguments: Arguments, name: str, limits: Limits) -> int | None:
    """Return the page size of the argument ``name``, or None if it is omitted or null. Raises BadUserInput."""
    size: int | None = _value(arguments, name)
    if size is not None and not 0 <= size <= limits.page_most:
        raise BadUserInput(f"Page size must be 0-{limits.page_most:,}.", [name])
    return size


def _place(arguments: Arguments, name: str, model: type[Base], order: Order) -> Place | None:
    cursor: str | None = _value(arguments, name)
    if cursor is None:
        return None
    with located(name):
        return decode(cursor, model, order)


def _value(arguments: Arguments, name: str) -> Any:
    """Return an argument's value; null means the same as an omitted argument."""
    value = arguments.get(name, UNSET)
    return None if value is UNSET else value


MakeCondition = Callable[[Context, Arguments], Condition]
"""Function that returns a condition from the context and a field's arguments."""


class ListField(EngineField):
    """Connection. Its arguments are read once per operation and place in the document, not once per parent."""

    sizing = PAGE
    varies = False
    """True if the same arguments may select another list in the next request."""

    def target(self) -> type[Base]:
        raise TypeError(f"{type(self).__name__} has no model.")

    def edge_or_none(self) -> Edge | None:
        return None

    @cached_property
    def arguments(self) -> list[StrawberryArgument]:
        filters = DeferredType(make=lambda: filter_type(self.target()))
        orders = GenericAlias(list, DeferredType(make=lambda: order_type(self.target())))
        return [
            argument("filter", filters | None, "Filters the records. Default: all records."),
            argument("order_by", orders | None, "Sort order, most significant key first. Ties are broken by ID."),
            argument("first", int | None, "Number of records from the start, or after `after`."),
            argument("after", str | None, "Returns only records after this cursor."),
            argument(
                "last",
                int | None,
                "Number of records from the end, or before `before`. Cannot be combined with `first`.",
            ),
            argument("before", str | None, "Returns only records before this cursor."),
        ]

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> Connection:
        context, edge = info.context, self.edge_or_none()
        wanted, page = context.once((self, id(raw_info(info).field_nodes[0])), lambda: self.read(context, arguments))
        return Connection(context.loaders, wanted, page, None if edge is None else getattr(source, edge.parent_key))

    def read(self, context: Context, arguments: Arguments) -> tuple[List, Page]:
        """Return the requested list and page. Raises BadUserInput or Forbidden."""
        return read_list(self.target(), self.edge_or_none(), arguments, context.reading)


class ToManyField(ListField, EdgeField):
    """To-many edge: a connection of the related rows."""

    def target(self) -> type[Base]:
        return self.edge.target

    def edge_or_none(self) -> Edge | None:
        return self.edge


class AllRecordsField(ListField):
    """Root field: a connection of all records of a model in the viewer's organization."""

    def __init__(self, model: type[Base], description: str) -> None:
        deferred = DeferredType(make=lambda: connection_type(model))
        super().__init__(type_annotation=StrawberryAnnotation(deferred), description=description)
        self.model = model

    def target(self) -> type[Base]:
        return self.model


class FilteredListField(AllRecordsField):
    """Field without a parent: a connection of the records of a model that satisfy a condition.

    ``condition`` may return another condition for each request. ``order`` is the default order, ``more`` are further
    arguments, for the condition.
    """

    varies = True

    def __init__(
        self,
        model: type[Base],
        description: str,
        condition: MakeCondition,
        order: Order = (),
        *more: StrawberryArgument,
    ) -> None:
        super().__init__(model, description)
        self.condition, self.order = condition, order
        self.arguments = [*self.arguments, *more]

    def read(self, context: Context, arguments: Arguments) -> tuple[List, Page]:
        wanted, page = read_list(self.model, None, arguments, context.reading, self.order)
        own = self.condition(context, arguments)
        both = own if wanted.condition == And(()) else And((own, wanted.condition))
        return replace(wanted, condition=both), page


def to_many(relationship: Relationship) -> ToManyField:
    """Declare a to-many edge as a connection of the type of the related model."""
    return ToManyField(relationship, lambda field: connection_type(field.edge.target))


connection, filtered_list = AllRecordsField, FilteredListField
"""Declarations of fields without a parent."""
