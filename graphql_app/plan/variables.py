"""The variables of an operation, coerced as graphql-core does it, from types that are looked up once."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema, Undefined, VariableDefinitionNode, is_non_null_type
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from graphql_app.plan.coercion import Coerce, Recursive, coercion_of

Known = Iterable[tuple[GraphQLVariableSignature, Coerce]]


class Variables:
    """The variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, declared: Iterable[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._declared = tuple(declared)
        self._known = self._coercions()

    def coerced(self, raw: Mapping[str, Any]) -> VariableValues | None:
        """Their values; None when one is refused: graphql-core says why."""
        values = None if self._known is None else _values(self._known, raw)
        if values is not None:
            return values
        found = get_variable_values(self._schema, self._declared, dict(raw))
        return found if isinstance(found, VariableValues) else None

    def _coercions(self) -> Known | None:
        """What is declared and how it is coerced; None when graphql-core has to do it."""
        found = [get_variable_signature(self._schema, each) for each in self._declared]
        known = [each for each in found if not isinstance(each, GraphQLError)]
        try:
            return [(each, coercion_of(each.type)) for each in known] if len(known) == len(found) else None
        except Recursive:
            return None


def _values(known: Known, raw: Mapping[str, Any]) -> VariableValues | None:
    """The values; None where it takes more than coercion: a default, an error."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature, coerce in known:
        given = raw.get(signature.name, Undefined)
        if given is Undefined:
            if signature.default is not None or is_non_null_type(signature.type):
                return None
            sources[signature.name] = VariableValueSource(signature)
            continue
        value = coerce(given)
        if value is Undefined:
            return None
        sources[signature.name] = VariableValueSource(signature, given)
        coerced[signature.name] = value
    return VariableValues(sources, coerced)
