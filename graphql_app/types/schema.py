"""Construction of the API: merged root fields of all domains, and types that are checked against their tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry
from graphql import DirectiveLocation as Location
from graphql import (
    GraphQLDirective,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
)
from sqlalchemy import Table
from strawberry.directive import DirectiveLocation
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from graphql_app.authorization import Role, Scope
from graphql_app.models.base import Base
from graphql_app.models.kinds import kind_of
from graphql_app.sql.row_rules import check_rules
from graphql_app.strawberry_adapter import declaration_of, definition_of, fields_of, graphql_schema
from graphql_app.types.columns import shown_values
from graphql_app.types.costs import CostDirective, ListSizeDirective, declare_costs
from graphql_app.types.federation import SCALARS_OF_GATEWAYS, Federation, federation_query
from graphql_app.types.filter_inputs import api_name
from graphql_app.types.incremental import incremental_directives
from graphql_app.types.model_type import with_extensions
from graphql_app.types.permissions import add_permissions
from graphql_app.types.records import NodeQuery
from graphql_app.types.registry import type_of_model
from graphql_app.types.requirements import enforce_requirements
from graphql_app.types.scalars import declare_roles, scalars_of
from graphql_app.types.schema_checks import check
from graphql_app.types.sdl import ENTITIES, SERVICE, printed


@dataclass(frozen=True)
class Api:
    """Schema of an API, with its models.

    ``nodes`` are the models that ``node(id:)`` finds, ``public`` the root fields that require no login. ``roles`` are
    the roles that a viewer may have, ``scopes`` those of API keys; if empty, any. ``null_by_error`` are the coordinates
    of the root fields that are null only because of an error.
    """

    schema: strawberry.Schema
    nodes: tuple[type[Base], ...]
    public: frozenset[str]
    roles: tuple[Role, ...] = ()
    null_by_error: frozenset[str] = frozenset()
    scopes: tuple[Scope, ...] = ()

    @property
    def graphql_schema(self) -> GraphQLSchema:
        """graphql-core's schema."""
        return graphql_schema(self.schema)

    @property
    def role_names(self) -> frozenset[str]:
        """Names of the roles."""
        return frozenset(role.name for role in self.roles)

    @property
    def tables(self) -> Mapping[str, Table]:
        """All tables by name, including link tables."""
        return self.nodes[0].metadata.tables

    @property
    def sdl(self) -> str:
        """The schema in the schema definition language."""
        return printed(self.schema)


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
    """Directive of a mutation field."""


@strawberry.directive(
    locations=[DirectiveLocation.MUTATION],
    description="Executes all fields in one transaction: all succeed, or all are rolled back. No field returns data "
    "that was rolled back.",
)
def transaction() -> None:
    """Directive of a mutation operation."""


LATER_LOCATIONS = frozenset({Location.DIRECTIVE_DEFINITION})
"""Directive locations that are newer than the specification of 2021."""


def build_schema(
    *,
    nodes: Sequence[type[Base]],
    queries: Sequence[type],
    mutations: Sequence[type] = (),
    subscriptions: Sequence[type] = (),
    types: Sequence[type] = (),
    roles: Iterable[Role] = (),
    scopes: Iterable[Scope] = (),
    description: str | None = None,
    federation: Federation | None = None,
) -> Api:
    """Return the API over ``nodes`` (models with types; ``node(id:)`` finds them) and the root types of the domains.

    ``types`` are types to which no field refers, such as the implementations of an interface. ``roles`` are the roles
    of viewers: a token with another role is rejected. ``scopes`` are scopes of keys, ``description`` is the one of the
    schema. With ``federation``, it is a subgraph. Raises SchemaMismatch if a type contradicts its table or a name is
    ambiguous, and UnknownModelType for an edge to a model without a type.
    """
    model_types = [with_extensions(type_of_model(model)) for model in nodes]
    add_permissions(model_types, mutations)
    known, of_keys = tuple(roles), tuple(scopes)
    if federation is not None:
        queries = [*queries, federation_query(nodes, federation)]
    roots = {"Query": [NodeQuery, *queries], "Mutation": mutations, "Subscription": subscriptions}
    check_rules([role.name for role in known])
    check(model_types, roots, types, [role.name for role in known], [scope.name for scope in of_keys])
    kinds = [kind_of(value.type) for model in nodes for value in shown_values(model)]
    declare_roles(kinds, known)
    schema = strawberry.Schema(
        query=_merged("Query", "Root type of queries.", [NodeQuery, *queries]),
        mutation=_merged("Mutation", "Root type of mutations.", mutations) if mutations else None,
        subscription=_merged("Subscription", "Root type of subscriptions.", subscriptions) if subscriptions else None,
        types=[*model_types, *types],
        directives=(idempotent, transaction),
        config=StrawberryConfig(scalar_map={**scalars_of(kinds), **SCALARS_OF_GATEWAYS}),
    )
    graphql_schema(schema).description = description
    _declare_one_of(graphql_schema(schema))
    _remove_later_locations(graphql_schema(schema))
    enforce_requirements(graphql_schema(schema))
    declare_costs(graphql_schema(schema))
    _introspect_directives(schema, (CostDirective, ListSizeDirective))
    graphql_schema(schema).directives += incremental_directives()
    public = frozenset(_public([*queries, *mutations, *subscriptions]))
    return Api(schema, tuple(nodes), public, known, frozenset(_made_nullable(graphql_schema(schema))), of_keys)


def _declare_one_of(schema: GraphQLSchema) -> None:
    """Mark `@oneOf` inputs in graphql-core's schema, so that validation rejects two keys before execution.

    Strawberry marks them in introspection only.
    """
    for each in schema.type_map.values():
        if isinstance(each, GraphQLInputObjectType):
            each.is_one_of = declaration_of(each).is_one_of


def _introspect_directives(schema: strawberry.Schema, declared: Iterable[type]) -> None:
    """Add directives to the introspection that fields have received after Strawberry built the schema."""
    core, convert = graphql_schema(schema), schema.schema_converter.from_schema_directive
    core.directives = (*core.directives, *map(convert, declared))


def _made_nullable(schema: GraphQLSchema) -> Iterable[str]:
    """Make the root fields of queries and mutations nullable; yield the coordinates of those declared without null.

    Each of them has a resolver, which can fail by itself or by a non-null field below it. The error of a non-null root
    field would discard the values of all others. A subscription has a single root field.
    """
    for kind in filter(None, (schema.query_type, schema.mutation_type)):
        for name, definition in kind.fields.items():
            if isinstance(definition.type, GraphQLNonNull) and name not in (SERVICE, ENTITIES):  # of a specification
                definition.type = definition.type.of_type
                yield f"{kind.name}.{name}"


def _remove_later_locations(schema: GraphQLSchema) -> None:
    """Remove directive locations that are newer than the specification of 2021.

    Clients of that specification cannot parse an introspection result that contains them, and executable documents
    contain no directives there.
    """
    directives = []
    for each in schema.directives:
        known = tuple(location for location in each.locations if location not in LATER_LOCATIONS)
        is_known = len(known) == len(each.locations)
        directives.append(each if is_known else GraphQLDirective(**each.to_kwargs() | {"locations": known}))
    schema.directives = tuple(directives)


def _merged(name: str, description: str, types: Sequence[type]) -> type:
    merged = merge_types(name, tuple(types))
    definition_of(merged).description = description
    return merged


def _public(types: Iterable[type]) -> Iterable[str]:
    for each in types:
        for field in fields_of(each):
            if field.metadata.get("public"):
                yield api_name(field)
