"""Basis of all probes: the schema, and the known records of both organizations."""

from dataclasses import dataclass

from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLObjectType

from tests.isolation.introspected import Introspected, input_type, leaves
from tests.isolation.known_records import Known, literal
from tests.isolation.selections import Selections


@dataclass(frozen=True, slots=True)
class Probe:
    """Root field of a query that tries to read another organization's records. ``name`` is for the reports."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Known records: ``mine`` belong to the viewer, ``theirs`` to the other organization's viewer."""

    api: Introspected
    selections: Selections
    mine: Known
    theirs: Known

    def list_of(self, kind: GraphQLObjectType, arguments: str, selected: str) -> str:
        """Return the list of all records of a type."""
        return f"{self.api.lists[kind.name]}({arguments}) {selected}"

    def of_each(self, kind: GraphQLObjectType, selected: str) -> str:
        """Return a field of each record of a type."""
        return self.list_of(kind, "first: 100", f"{{ nodes {{ __typename id {selected} }} }}")

    def is_theirs(self, kind: GraphQLObjectType) -> str:
        """Return a filter that matches all of their records and none of mine."""
        return self._only(self.theirs, self.mine, kind)

    def is_mine(self, kind: GraphQLObjectType) -> str:
        """Return a filter that matches all of my records and none of theirs."""
        return self._only(self.mine, self.theirs, kind)

    def _only(self, some: Known, other: Known, kind: GraphQLObjectType) -> str:
        field = self.telling(kind)
        of = self._comparators(kind, field)["lte"].type
        values = some.values(kind, field)
        if some.lies_below(other, kind, field):
            return f"{{{field}: {{lte: {literal(max(values), of)}}}}}"
        return f"{{{field}: {{gte: {literal(min(values), of)}}}}}"

    def telling(self, kind: GraphQLObjectType) -> str:
        """Return a field whose values separate the organizations: all of one's are less than the other's."""
        return next(
            name
            for name in leaves(kind)
            if "lte" in self._comparators(kind, name) and self.mine.lies_below(self.theirs, kind, name) is not None
        )

    def _comparators(self, kind: GraphQLObjectType, field: str) -> dict[str, GraphQLInputField]:
        fields = self.api.argument(kind, "filter").fields
        return input_type(fields[field].type).fields if field in fields else {}

    def about(self, kind: GraphQLInputObjectType, what: str) -> GraphQLObjectType:
        """Return the records that a filter or an order is about; ``what`` is the end of its name."""
        found = self.api.schema.type_map[kind.name.removesuffix(what)]
        assert isinstance(found, GraphQLObjectType)
        return found
