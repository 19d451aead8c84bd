"""A kind of field of the toy's own: all that the engine does with it is in this module."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLField
from sqlalchemy import Text
from strawberry.types.field import StrawberryField

from graphql_app.context import Info
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.plan.compiler import RowCode
from graphql_app.plan.fields import Nodes
from graphql_app.sql.conditions import Compare, Condition
from graphql_app.strawberry_adapter import Arguments
from graphql_app.types.fields import EngineField
from graphql_app.types.filter_inputs import input_field
from graphql_app.types.ordering import Ordering


def initial_of(text: str | None) -> str | None:
    """Return the first character of a text; None for null and an empty text."""
    return text[0] if text else None


class InitialField(EngineField):
    """First character of a text column."""

    def __init__(self, column: str, description: str) -> None:
        super().__init__(str | None, description)
        self.column = column

    def resolve(self, source: Any, info: Info, arguments: Arguments) -> str | None:
        return initial_of(getattr(source, self.column))

    def expression(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> str:
        return f"{owner.compiler.draft.constant('initial', initial_of)}({owner.column(self.column)})"

    def is_joinable(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> bool:
        return True

    def filter_fields(self, model: type[Base], taken: set[str]) -> Iterable[StrawberryField]:
        return [input_field(self.python_name, str | None, "Starts with this text.", self._condition)]

    def order_fields(self) -> Iterable[StrawberryField]:
        return [input_field(self.python_name, Ordering | None, "By the text.", lambda value, _: value.key(self.column))]

    def problems(self, model: type[Base]) -> Iterable[str]:
        if not isinstance(model.__table__.c[self.column].type, Text):
            yield f"the column {self.column} holds no text"

    def _condition(self, value: str, context: FilterContext) -> Condition:
        context.count()
        return Compare(self.column, "startsWith", value)
