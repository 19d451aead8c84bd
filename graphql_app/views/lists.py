"""Lists as fields: ``many(m.Task.comments)`` along an edge, ``connection(m.Task)`` for everything there is."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from graphql_app.database.base import Base
from graphql_app.statements.conditions import And, Condition
from graphql_app.statements.edges import Edge
from graphql_app.statements.orders import Order
from graphql_app.statements.select import List, Page
from graphql_app.views.connection_types import connection_type
from graphql_app.views.connections import Connection
from graphql_app.views.described import argument
from graphql_app.views.fields import EdgeField, EngineField, Relationship
from graphql_app.views.filters import filter_of
from graphql_app.views.limits import PAGE
from graphql_app.views.ordering import order_of
from graphql_app.views.pages import read_list
from graphql_app.views.registry import Later

Which = Callable[[Any, dict[str, Any]], Condition]
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
        filters: Any = Later(make=lambda: filter_of(self.target()))
        orders: Any = Later(make=lambda: order_of(self.target()))
        return [
            argument("filter", filters | None, "Which records are meant; all of them unless said."),
            argument(
                "order_by", list[orders] | None, "What to sort by, most important first. The id decides between equals."
            ),
            argument("first", int | None, "How many records from the start, or after `after`."),
            argument("after", str | None, "Only records that come after this cursor."),
            argument(
                "last", int | None, "How many records from the end, or before `before`; not together with `first`."
            ),
            argument("before", str | None, "Only records that come before this cursor."),
        ]

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Connection:
        context, edge = info.context, self.edge_or_none()
        wanted, page = context.once((self, id(info._raw_info.field_nodes[0])), lambda: self.read(context, arguments))
        return Connection(context.loaders, wanted, page, None if edge is None else getattr(source, edge.parent_key))

    def read(self, context: Any, arguments: dict[str, Any]) -> tuple[List, Page]:
        """The list and the page that the arguments ask for. Raises BadUserInput or Forbidden."""
        return read_list(self.target(), self.edge_or_none(), arguments, context.reading)


class Many(ListField, EdgeField):
    """The rows at the other end of a to-many edge."""

    def target(self) -> type[Base]:
        return self.edge.target

    def edge_or_none(self) -> Edge | None:
        return self.edge


class All(ListField):
    """Every row of a model that the viewer's organization has."""

    def __init__(self, model: type[Base], description: str) -> None:
        later: Any = Later(make=lambda: connection_type(model))
        super().__init__(type_annotation=StrawberryAnnotation(later), description=description)
        self.model = model

    def target(self) -> type[Base]:
        return self.model


class Some(All):
    """Those rows of a model that satisfy a condition, which may be another one each time."""

    varies = True

    def __init__(
        self, model: type[Base], description: str, which: Which, order: Order, *more: StrawberryArgument
    ) -> None:
        super().__init__(model, description)
        self.which, self.order = which, order
        self.arguments = [*self.arguments, *more]

    def read(self, context: Any, arguments: dict[str, Any]) -> tuple[List, Page]:
        wanted, page = read_list(self.model, None, arguments, context.reading, self.order)
        own = self.which(context, arguments)
        both = own if wanted.condition == And(()) else And((own, wanted.condition))
        return replace(wanted, condition=both), page


def many(relationship: Relationship) -> Any:
    """A to-many edge as a connection of the view of the model at its far end."""
    return Many(relationship, lambda field: connection_type(field.edge.target))


def some(model: type[Base], description: str, which: Which, order: Order = (), *more: StrawberryArgument) -> Any:
    """A field without a parent: what of ``model`` satisfies a condition, as a connection.

    ``which`` makes the condition from the context and the arguments, ``more`` are arguments for it; ``order`` is the
    usual one.
    """
    return Some(model, description, which, order, *more)


def connection(model: type[Base], description: str) -> Any:
    """A root field: everything of ``model``, as a connection."""
    return All(model, description)
