"""Lists as fields: ``to_many(m.Task.comments)`` along an edge, ``connection(m.Task)`` for everything there is."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext, Limits
from graphql_app.models.base import Base
from graphql_app.sql.conditions import And, Condition
from graphql_app.sql.cursors import decode
from graphql_app.sql.edges import Edge
from graphql_app.sql.orders import Order, Place, complete
from graphql_app.sql.select import List, Page
from graphql_app.types.connections import Connection, connection_type
from graphql_app.types.descriptions import argument
from graphql_app.types.fields import PAGE, EdgeField, EngineField, Relationship
from graphql_app.types.filters import filter_type, read_filter
from graphql_app.types.inputs import located
from graphql_app.types.ordering import order_type, read_order
from graphql_app.types.registry import DeferredType

Arguments = dict[str, Any]


def read_list(
    model: type[Base], edge: Edge | None, arguments: Arguments, reading: FilterContext, usual: Order = ()
) -> tuple[List, Page]:
    """The list and the page that a connection's arguments ask for; ``usual`` is the order unless another is asked for.

    Raises BadUserInput or Forbidden, locating it.
    """
    with located("filter"):
        condition = _condition(arguments, reading)
    with located("orderBy"):
        keys = _value(arguments, "order_by")
        order = read_order(keys, reading) if keys else complete(usual)
    return List(model, condition, order, edge), read_page(model, order, arguments, reading.limits)


def _condition(arguments: Arguments, reading: FilterContext) -> Condition:
    value = _value(arguments, "filter")
    return And(()) if value is None else read_filter(value, reading.anew())


def read_page(model: type[Base], order: Order, arguments: Arguments, limits: Limits) -> Page:
    """The page; the default size counts from the start, and ``first`` and ``last`` exclude each other."""
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
    """An argument's value; null says the same as leaving it out."""
    value = arguments.get(name, UNSET)
    return None if value is UNSET else value


MakeCondition = Callable[[Any, dict[str, Any]], Condition]
"""Makes a condition from the context and a field's arguments."""


class ListField(EngineField):
    """A connection. Its arguments are read once per operation and place in the document, not once per parent."""

    sizing = PAGE
    varies = False
    """Whether the same arguments may stand for another list next time."""

    def target(self) -> type[Base]:
        raise TypeError(f"{type(self).__name__} does not say what it lists.")

    def edge_or_none(self) -> Edge | None:
        return None

    @cached_property
    def arguments(self) -> list[StrawberryArgument]:
        filters: Any = DeferredType(make=lambda: filter_type(self.target()))
        orders: Any = DeferredType(make=lambda: order_type(self.target()))
        return [
            argument("filter", filters | None, "Filters the records. Default: all records."),
            argument("order_by", list[orders] | None, "Sort order, most significant key first. Ties are broken by ID."),
            argument("first", int | None, "Number of records from the start, or after `after`."),
            argument("after", str | None, "Returns only records after this cursor."),
            argument(
                "last",
                int | None,
                "Number of records from the end, or before `before`. Cannot be combined with `first`.",
            ),
            argument("before", str | None, "Returns only records before this cursor."),
        ]

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Connection:
        context, edge = info.context, self.edge_or_none()
        wanted, page = context.once((self, id(info._raw_info.field_nodes[0])), lambda: self.read(context, arguments))
        return Connection(context.loaders, wanted, page, None if edge is None else getattr(source, edge.parent_key))

    def read(self, context: Any, arguments: dict[str, Any]) -> tuple[List, Page]:
        """The list and the page that the arguments ask for. Raises BadUserInput or Forbidden."""
        return read_list(self.target(), self.edge_or_none(), arguments, context.reading)


class ToManyField(ListField, EdgeField):
    """The rows at the other end of a to-many edge."""

    def target(self) -> type[Base]:
        return self.edge.target

    def edge_or_none(self) -> Edge | None:
        return self.edge


class AllRecordsField(ListField):
    """Every row of a model that the viewer's organization has."""

    def __init__(self, model: type[Base], description: str) -> None:
        later: Any = DeferredType(make=lambda: connection_type(model))
        super().__init__(type_annotation=StrawberryAnnotation(later), description=description)
        self.model = model

    def target(self) -> type[Base]:
        return self.model


class FilteredListField(AllRecordsField):
    """Those rows of a model that satisfy a condition, which may be another one each time."""

    varies = True

    def __init__(
        self, model: type[Base], description: str, which: MakeCondition, order: Order, *more: StrawberryArgument
    ) -> None:
        super().__init__(model, description)
        self.which, self.order = which, order
        self.arguments = [*self.arguments, *more]

    def read(self, context: Any, arguments: dict[str, Any]) -> tuple[List, Page]:
        wanted, page = read_list(self.model, None, arguments, context.reading, self.order)
        own = self.which(context, arguments)
        both = own if wanted.condition == And(()) else And((own, wanted.condition))
        return replace(wanted, condition=both), page


def to_many(relationship: Relationship) -> Any:
    """A to-many edge as a connection of the view of the model at its far end."""
    return ToManyField(relationship, lambda field: connection_type(field.edge.target))


def filtered_list(
    model: type[Base], description: str, which: MakeCondition, order: Order = (), *more: StrawberryArgument
) -> Any:
    """A field without a parent: what of ``model`` satisfies a condition, as a connection.

    ``which`` makes the condition from the context and the arguments, ``more`` are arguments for it; ``order`` is the
    usual one.
    """
    return FilteredListField(model, description, which, order, *more)


def connection(model: type[Base], description: str) -> Any:
    """A root field: everything of ``model``, as a connection."""
    return AllRecordsField(model, description)
