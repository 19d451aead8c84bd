"""The finished schema, with what the executor has to know of it."""

from dataclasses import dataclass

import strawberry
from graphql import GraphQLSchema

from graphql_app.database.base import Base


@dataclass(frozen=True)
class Api:
    """``nodes`` are the models that ``node(id:)`` finds; ``public`` the root fields that need no log-in."""

    schema: strawberry.Schema
    nodes: tuple[type[Base], ...]
    public: frozenset[str]

    @property
    def graphql_schema(self) -> GraphQLSchema:
        """graphql-core's form of the schema, which Strawberry keeps for itself."""
        return self.schema._schema

    @property
    def sdl(self) -> str:
        """The schema in the schema definition language."""
        return self.schema.as_str()
