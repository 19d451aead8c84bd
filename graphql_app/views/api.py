"""The finished schema, with what the executor has to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import strawberry
from graphql import GraphQLSchema
from sqlalchemy import Table

from graphql_app.database.base import Base


@dataclass(frozen=True)
class Api:
    """``nodes`` are the models that ``node(id:)`` finds; ``public`` the root fields that need no log-in.

    ``roles`` are those that a viewer may have; empty admits any.
    """

    schema: strawberry.Schema
    nodes: tuple[type[Base], ...]
    public: frozenset[str]
    roles: frozenset[str] = frozenset()

    @property
    def graphql_schema(self) -> GraphQLSchema:
        """graphql-core's form of the schema, which Strawberry keeps for itself."""
        return self.schema._schema

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables behind it, those that link others included, by name."""
        return self.nodes[0].metadata.tables

    @property
    def sdl(self) -> str:
        """The schema in the schema definition language."""
        return self.schema.as_str()
