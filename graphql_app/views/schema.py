"""Builds the schema: root fields of all domains merged, views checked against their tables, everything described."""

from collections.abc import Sequence

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from graphql_app.database.base import Base
from graphql_app.views.check import check
from graphql_app.views.records import NodeQuery
from graphql_app.views.registry import view_of
from graphql_app.views.scalars import SCALARS


def build_schema(
    *, nodes: Sequence[type[Base]], queries: Sequence[type], mutations: Sequence[type] = (), types: Sequence[type] = ()
) -> strawberry.Schema:
    """The schema over ``nodes`` (models with views; ``node(id:)`` finds them) and the root types of the domains.

    Raises SchemaMismatch when a view promises what its table does not keep, and UnknownView for an edge into nowhere.
    """
    views = [view_of(model) for model in nodes]
    check(views)
    schema = strawberry.Schema(
        query=_merged("Query", "Everything that can be read.", [NodeQuery, *queries]),
        mutation=_merged("Mutation", "Everything that can be done.", mutations) if mutations else None,
        types=[*views, *types],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    schema.node_models = tuple(nodes)  # type: ignore[attr-defined]
    return schema


def _merged(name: str, description: str, types: Sequence[type]) -> type:
    merged = merge_types(name, tuple(types))
    merged.__strawberry_definition__.description = description  # type: ignore[attr-defined]
    return merged
