"""The interface of everything that has an id: what lets a client cache and refetch any record."""

from typing import Any

import strawberry
from strawberry import ID

from graphql_app.views.described import field
from graphql_app.views.registry import name_of


@strawberry.interface(
    description="A record with an id that is unique over all types: fetch it again with `node(id:)`.",
)
class Node:
    """What every view is. A row of a model is shown as the view of its class."""

    id: ID = field("The record's id, a UUIDv7: ids sort by creation.")

    @classmethod
    def resolve_type(cls, row: Any, *_: Any) -> str:
        return name_of(type(row))
