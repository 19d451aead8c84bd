"""What the lists of a model can be grouped by: columns, to-one relations and moments."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from strawberry.types.field import StrawberryField

from graphql_app.database.base import Base
from graphql_app.statements.edges import Edge, Kind
from graphql_app.views.fields import EdgeField
from graphql_app.views.measures import columns_of, shown_type
from graphql_app.views.registry import view_of
from graphql_app.views.view import fields_of


@dataclass(frozen=True, slots=True)
class Groupable:
    """A field of a view that lists can be grouped by, and the column whose values tell groups apart."""

    field: StrawberryField
    column: str

    @property
    def edge(self) -> Edge | None:
        return self.field.edge if isinstance(self.field, EdgeField) else None

    @property
    def is_time(self) -> bool:
        return self.edge is None and shown_type(self.field) is datetime


@cache
def groupables(model: type[Base]) -> dict[str, Groupable]:
    """What lists of the model can be grouped by, by the names of its view's fields."""
    columns = [Groupable(each, each.python_name) for each in columns_of(model)]
    edges = [each for each in fields_of(view_of(model)) if isinstance(each, EdgeField) and each.edge.kind is Kind.ONE]
    relations = [Groupable(each, each.edge.parent_key) for each in edges if each.edge.parent_key != "id"]
    return {each.field.python_name: each for each in (*columns, *relations)}
