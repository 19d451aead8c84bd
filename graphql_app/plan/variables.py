"""The variables of an operation, coerced as graphql-core does it, from types that are looked up once."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    coerce_input_value,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values


class Variables:
    """The variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, declared: Iterable[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._declared = tuple(declared)
        self._leaves = self._signatures()

    def coerced(self, raw: Mapping[str, Any]) -> VariableValues | None:
        """Their values; None when one is refused: graphql-core says why."""
        values = None if self._leaves is None else _leaves(self._leaves, raw)
        if values is not None:
            return values
        found = get_variable_values(self._schema, self._declared, dict(raw))
        return found if isinstance(found, VariableValues) else None

    def _signatures(self) -> list[GraphQLVariableSignature] | None:
        """What is declared, if all of it are scalars and enums, or lists of them."""
        found = [get_variable_signature(self._schema, each) for each in self._declared]
        known = [each for each in found if not isinstance(each, GraphQLError)]
        is_plain = len(known) == len(found) and all(is_leaf_type(get_named_type(each.type)) for each in known)
        return known if is_plain else None


def _leaves(signatures: Iterable[GraphQLVariableSignature], raw: Mapping[str, Any]) -> VariableValues | None:
    """The values; None where it takes more than coercion: a default, an error."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature in signatures:
        given = raw.get(signature.name, Undefined)
        if given is Undefined:
            if signature.default is not None or is_non_null_type(signature.type):
                return None
            sources[signature.name] = VariableValueSource(signature)
            continue
        value = coerce_input_value(given, signature.type)
        if value is Undefined:
            return None
        sources[signature.name] = VariableValueSource(signature, given)
        coerced[signature.name] = value
    return VariableValues(sources, coerced)
