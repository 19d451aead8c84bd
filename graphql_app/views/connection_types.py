"""The types of a connection: ``TaskConnection``, ``TaskEdge`` and ``PageInfo``, as the Relay specification has them.

https://relay.dev/graphql/connections.htm
"""

from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.database.base import Base
from graphql_app.views.aggregates import Aggregates, Groups
from graphql_app.views.described import field
from graphql_app.views.fields import EngineField
from graphql_app.views.registry import Later, name_of, view_of


class Part(EngineField):
    """A part of a connection: the method of that name of its run-time object, called when it is selected."""

    def __init__(self, name: str, annotation: Any, description: str) -> None:
        super().__init__(name, type_annotation=StrawberryAnnotation(annotation), description=description)

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return getattr(source, self.python_name)()


class Whole(EngineField):
    """The connection itself, under another type: its parts stay lazy."""

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return source


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Shown from a Connection."""

    has_next_page = Part("has_next_page", bool, "Whether the list goes on after this page.")
    has_previous_page = Part("has_previous_page", bool, "Whether the list has records before this page.")
    start_cursor = Part("start_cursor", str | None, "The cursor of the page's first record; null for an empty page.")
    end_cursor = Part("end_cursor", str | None, "The cursor of the page's last record; null for an empty page.")


@cache
def edge_type(model: type[Base]) -> type:
    """``TaskEdge``: a record in a list, and its place there."""
    name, node = name_of(model), _view(model)
    attributes = {
        "__annotations__": {"node": node, "cursor": str},
        "node": field(f"The {name}."),
        "cursor": field("Its place in this list and order: give it to `after` or `before`."),
    }
    return strawberry.type(type(f"{name}Edge", (), attributes), description=f"A {name} in a list.")


@cache
def connection_type(model: type[Base]) -> type:
    """``TaskConnection``: a page of a list, and what is to be known about the list."""
    name, node = name_of(model), _view(model)
    page_info = StrawberryAnnotation(PageInfo)
    attributes = {
        "edges": Part("edges", list[edge_type(model)], "The page's records with their cursors."),  # type: ignore[misc]
        "nodes": Part("nodes", list[node], "The page's records."),  # type: ignore[valid-type]
        "page_info": Whole("page_info", type_annotation=page_info, description="Where the page lies in the list."),
        "total_count": Part("total_count", int, "How many records the whole list has, under its filter."),
        "aggregates": Aggregates(model),
        "groups": Groups(model),
    }
    description = f"A page of a list of {name} records."
    return strawberry.type(type(f"{name}Connection", (), attributes), description=description)


def _view(model: type[Base]) -> Any:
    return Later(make=lambda: view_of(model))
