"""Builds the API: root fields of all domains merged, views checked against their tables, everything described."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry
from graphql import DirectiveLocation as Location
from graphql import GraphQLDirective, GraphQLInputObjectType, GraphQLSchema
from sqlalchemy import Table
from strawberry.directive import DirectiveLocation
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from graphql_app.models.base import Base
from graphql_app.types.check import check
from graphql_app.types.inputs import api_name
from graphql_app.types.model_type import with_extensions
from graphql_app.types.records import NodeQuery
from graphql_app.types.registry import type_of_model
from graphql_app.types.scalars import SCALARS


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


IDEMPOTENT, TRANSACTION = "idempotent", "transaction"


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    description="Executes the mutation at most once, even if it is sent repeatedly: the same key and input return the "
    "first result.",
)
def idempotent(
    key: Annotated[
        str, strawberry.argument(description="Idempotency key of the call, 1-255 characters, for example a UUID.")
    ],
) -> None:
    """For a field of a mutation."""


@strawberry.directive(
    locations=[DirectiveLocation.MUTATION],
    description="Executes all fields in one transaction: all succeed, or all are rolled back. No field returns data "
    "that was rolled back.",
)
def transaction() -> None:
    """For a mutation as a whole."""


LATER_LOCATIONS = frozenset({Location.DIRECTIVE_DEFINITION})
"""Directive locations that the specification of 2021 does not have."""


def build_schema(
    *,
    nodes: Sequence[type[Base]],
    queries: Sequence[type],
    mutations: Sequence[type] = (),
    types: Sequence[type] = (),
    roles: Iterable[str] = (),
) -> Api:
    """The API over ``nodes`` (models with views; ``node(id:)`` finds them) and the root types of the domains.

    ``types`` are those that no field leads to by itself, such as the types behind an interface. ``roles`` are those of
    viewers: a token with another one is refused. Raises SchemaMismatch when a view promises what its table does not
    keep, or a name stands for two things, and UnknownView for an edge that leads to no view.
    """
    views = [with_extensions(type_of_model(model)) for model in nodes]
    check(views, {"Query": [NodeQuery, *queries], "Mutation": mutations}, types)
    schema = strawberry.Schema(
        query=_merged("Query", "Root type of queries.", [NodeQuery, *queries]),
        mutation=_merged("Mutation", "Root type of mutations.", mutations) if mutations else None,
        types=[*views, *types],
        directives=(idempotent, transaction),
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    _declare_one_of(schema)
    _keep_known_locations(schema)
    return Api(schema, tuple(nodes), frozenset(_public([*queries, *mutations])), frozenset(roles))


def _declare_one_of(schema: strawberry.Schema) -> None:
    """Strawberry tells a client of `@oneOf`, but not graphql-core, which else finds two keys only while it executes."""
    for each in schema._schema.type_map.values():
        if isinstance(each, GraphQLInputObjectType):
            each.is_one_of = each.extensions["strawberry-definition"].is_one_of


def _keep_known_locations(schema: strawberry.Schema) -> None:
    """Drop directive locations that are newer than the specification of 2021.

    Clients of that specification cannot parse an introspection result that names them, and no document that can be
    executed has directives there.
    """
    schema._schema.directives = tuple(
        directive if LATER_LOCATIONS.isdisjoint(directive.locations) else _without_later_locations(directive)
        for directive in schema._schema.directives
    )


def _without_later_locations(directive: GraphQLDirective) -> GraphQLDirective:
    known = tuple(location for location in directive.locations if location not in LATER_LOCATIONS)
    return GraphQLDirective(**directive.to_kwargs() | {"locations": known})


def _merged(name: str, description: str, types: Sequence[type]) -> type:
    merged = merge_types(name, tuple(types))
    merged.__strawberry_definition__.description = description  # type: ignore[attr-defined]
    return merged


def _public(types: Iterable[type]) -> Iterable[str]:
    for each in types:
        for field in each.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            if field.metadata.get("public"):
                yield api_name(field)
