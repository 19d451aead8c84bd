"""Lists as fields: ``to_many(m.Task.comments)`` for an edge, ``connection(m.Task)`` for all records of a model."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from types import GenericAlias
from typing import Any, Unpack

from graphql import GraphQLField
from strawberry import UNSET
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from graphql_app.authorization import Rights
from graphql_app.context import Context, Info
from graphql_app.errors import BadUserInput, ValueLimit
from graphql_app.limits import FilterContext, Limits
from graphql_app.models.base import Base
from graphql_app.plan.compiler import Compiler, PageLookup, RowCode
from graphql_app.plan.fields import Nodes
from graphql_app.plan.level_code import emit_list
from graphql_app.sql.conditions import And, Condition
from graphql_app.sql.cursors import decode
from graphql_app.sql.edges import Edge, Relationship
from graphql_app.sql.orders import Order, OrderKey, Place, complete
from graphql_app.sql.select import List, Page
from graphql_app.strawberry_adapter import Arguments, Source, raw_info
from graphql_app.types.connections import Connection, connection_type
from graphql_app.types.costs import PAGE, RELATED_LIST, ROOT_LIST
from graphql_app.types.declarations import argument
from graphql_app.types.fields import EngineField
from graphql_app.types.filter_inputs import input_field, located
from graphql_app.types.filters import filter_type, quantified, read_filter, read_quantified
from graphql_app.types.ordering import CountOrdering, order_type, read_order
from graphql_app.types.registry import DeferredType
from graphql_app.types.relations import RelationField

__all__ = ["connection", "filtered_list", "read_size", "to_many"]


def read_size(arguments: Arguments, name: str, limits: Limits) -> int | None:
    """Return the page size of the argument ``name``, or None if it is omitted or null. Raises BadUserInput."""
    size: int | None = _value(arguments, name)
    if size is not None and not 0 <= size <= limits.page_most:
        raise BadUserInput(f"Page size must be 0-{limits.page_most:,}.", [name], ValueLimit(0, limits.page_most))
    return size


def _place(arguments: Arguments, name: str, model: type[Base], order: Order) -> Place | None:
    cursor: str | None = _value(arguments, name)
    if cursor is None:
        return None
    with located(name):
        return decode(cursor, model, order)


def _value(arguments: Arguments, name: str) -> Any:
    """Return an argument's value; null is equivalent to an omitted argument."""
    value = arguments.get(name, UNSET)
    return None if value is UNSET else value


MakeCondition = Callable[[Context, Arguments], Condition]
"""Function that returns a condition from the context and a field's arguments."""


class ListField(EngineField):
    """Connection. Its arguments are read once per operation and place in the document, not once per parent."""

    sizing = PAGE
    varies = False
    """True if the same arguments may select another list in the next request."""
    order: Order = ()
    """Default order."""

    def target(self) -> type[Base]:
        raise TypeError(f"{type(self).__name__} has no model.")

    @property
    def edge(self) -> Edge | None:
        """The edge from the parent; None for a list without a parent."""
        return None

    @cached_property
    def arguments(self) -> list[StrawberryArgument]:
        filters = DeferredType(make=lambda: filter_type(self.target()))
        orders = GenericAlias(list, DeferredType(make=lambda: order_type(self.target())))
        return [
            argument("filter", filters | None, "Filters the records. Default: all records."),
            argument("order_by", orders | None, "Sort order, most significant key first. Ties are broken by ID."),
            argument("first", int | None, "Number of records to return, from the start or after `after`."),
            argument("after", str | None, "Returns only records after this cursor."),
            argument(
                "last",
                int | None,
                "Number of records to return, from the end or before `before`. Cannot be combined with `first`.",
            ),
            argument("before", str | None, "Returns only records before this cursor."),
        ]

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> Connection:
        context, edge = info.context, self.edge
        wanted, page = context.once((self, id(raw_info(info).field_nodes[0])), lambda: self.read(context, arguments))
        return Connection(context.loaders, wanted, page, None if edge is None else getattr(source, edge.parent_key))

    def read(self, context: Context, arguments: Arguments) -> tuple[List, Page]:
        """Return the requested list and page. Raises BadUserInput or Forbidden, located in the arguments."""
        with located("filter"):
            value = _value(arguments, "filter")
            condition = And(()) if value is None else read_filter(value, context.reading.anew())
        with located("orderBy"):
            keys = _value(arguments, "order_by")
            order = read_order(keys, context.reading) if keys else complete(self.order)
        page = self.read_page(order, arguments, context.reading.limits)
        return List(self.target(), condition, order, self.edge), page

    def read_page(self, order: Order, arguments: Arguments, limits: Limits) -> Page:
        """Return the requested page. Raises BadUserInput for ``first`` together with ``last``.

        The default page is the first one.
        """
        first, last = (read_size(arguments, name, limits) for name in ("first", "last"))
        if first is not None and last is not None:
            raise BadUserInput("Use either `first` or `last`, not both.", ["last"])
        places = [_place(arguments, name, self.target(), order) for name in ("after", "before")]
        if last is not None:
            return Page(last, True, *places)
        return Page(limits.page_default if first is None else first, False, *places)


class ToManyField(RelationField, ListField):
    """To-many relation: a connection of the related records."""

    weight = RELATED_LIST

    def __init__(self, relationship: Relationship, **rights: Unpack[Rights]) -> None:
        deferred = DeferredType(make=lambda: connection_type(self.target()))
        super().__init__(deferred, relationship.prop.doc, relationship, **rights)

    def target(self) -> type[Base]:
        return self.edge.target

    def expression(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> str:
        return owner.page(self.edge, definition, nodes)

    def edge_filters(self, edge: Edge, model: type[Base], taken: set[str]) -> Iterator[StrawberryField]:
        deferred = DeferredType(make=lambda: quantified(edge.target))

        def read(value: object, context: FilterContext) -> Condition:
            self.require_visible(context)
            return read_quantified(edge, value, context)

        yield self.about(input_field(edge.name, deferred | None, self.description or "", read))

    def order_fields(self) -> Iterable[StrawberryField]:
        order = input_field(self.python_name, CountOrdering | None, self.description or "", self._order_key)
        return [self.about(order)]

    def _order_key(self, value: CountOrdering, context: FilterContext) -> OrderKey:
        self.require_visible(context)
        return value.key(context, edge=self.edge)


class AllRecordsField(ListField):
    """Root field: a connection of all records of a model in the viewer's organization."""

    weight = ROOT_LIST

    def __init__(self, model: type[Base], description: str, **rights: Unpack[Rights]) -> None:
        super().__init__(DeferredType(make=lambda: connection_type(model)), description, **rights)
        self.model = model

    def target(self) -> type[Base]:
        return self.model

    def emit(self, compiler: Compiler, definition: GraphQLField, nodes: Nodes) -> None:
        emit_list(compiler, PageLookup(definition, results=[("result", nodes)]), "keys")


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
        **rights: Unpack[Rights],
    ) -> None:
        super().__init__(model, description, **rights)
        self.condition, self.order = condition, order
        self.arguments = [*self.arguments, *more]

    def read(self, context: Context, arguments: Arguments) -> tuple[List, Page]:
        wanted, page = super().read(context, arguments)
        own = self.condition(context, arguments)
        both = own if wanted.condition == And(()) else And((own, wanted.condition))
        return replace(wanted, condition=both), page


to_many = ToManyField
"""Declaration of a to-many relation of a record."""
connection = AllRecordsField
"""Declaration of a root field with all records of a model."""
filtered_list = FilteredListField
"""Declaration of a root field with the records that satisfy a condition."""
