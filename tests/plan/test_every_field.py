"""Complete plans for every field of every record, list, aggregate and group of the real schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from graphql_app.types.registry import type_name_of
from tests.plan.differential import Both
from tests.support.api import domain_api
from tests.support.organizations import ALPHA

API = domain_api()
SCHEMA = API.graphql_schema
MOST_KEYS = 8
"""Maximum number of keys of a grouping."""
RECORDS = sorted(type_name_of(model) for model in API.nodes)
LISTS = {get_named_type(field.type).name: name for name, field in SCHEMA.query_type.fields.items()}  # type: ignore[union-attr]


class Everything:
    """Selection of all fields of a type and of its nested types; ``seen`` contains the selected ones."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.seen: set[tuple[str, str]] = set()

    def of(self, kind: Any, depth: int) -> str:
        """Return a selection; records ``depth`` edges away have only fields without selections."""
        if isinstance(kind, GraphQLUnionType):
            return f"{{ __typename {' '.join(f'... on {each.name} {self.of(each, depth)}' for each in kind.types)} }}"
        return f"{{ __typename {' '.join(self._fields(kind, depth))} }}"

    def _fields(self, kind: GraphQLObjectType, depth: int) -> Iterator[str]:
        for name, field in kind.fields.items():
            inner = get_named_type(field.type)
            further = depth - bool(kind.interfaces)
            if further < 0 and is_composite_type(inner):
                continue
            if name == "history" and kind.name != "Worker":  # the same in every type; an operation has a limit of lists
                self.seen.add((kind.name, name))
                continue
            if depth == 0 and kind.name.endswith("Connection") and name not in ("nodes", "totalCount"):
                continue
            self.seen.add((kind.name, name))
            below = self.of(inner, 0 if kind.name.endswith("Edge") else further) if is_composite_type(inner) else ""
            yield f"{name}{self._arguments(field)} {below}"

    def _arguments(self, field: Any) -> str:
        """Return the arguments of a list: groupings with the maximum number of keys."""
        needed = [name for name, argument in field.args.items() if is_required_argument(argument)]
        if not needed:
            return ""
        assert needed == ["by"]
        by: Any = get_named_type(field.args["by"].type)
        kinds = {name: get_named_type(by.fields[name].type) for name in ("relation", "field") if name in by.fields}
        keys = [f"{{{name}: {member}}}" for name, kind in kinds.items() for member in kind.values]
        return f"(by: [{', '.join(keys[:MOST_KEYS])}])"


@pytest.mark.parametrize("record", RECORDS)
async def test_every_field_of_a_record_is_planned(both_demos: Both, record: str) -> None:
    kind = SCHEMA.type_map[f"{record}Connection"]
    query = f"{{ {LISTS[kind.name]}(first: 2) {Everything(SCHEMA).of(kind, 1)} }}"
    planned, _ = await both_demos.fetch(query, ALPHA.viewer())
    assert (planned.fell_back, planned.errors) == (None, [])


def test_the_selections_cover_all_fields() -> None:
    every = Everything(SCHEMA)
    for record in RECORDS:
        every.of(SCHEMA.type_map[f"{record}Connection"], 1)
    met = {kind for kind, _ in every.seen}
    assert met > {f"{record}{part}" for record in RECORDS for part in ("", "Connection", "Edge", "Group", "Aggregates")}
    met.discard("EventConnection")  # tests/events selects its fields
    every.seen -= {each for each in every.seen if each[0] == "EventConnection"}
    every_field = {(kind, name) for kind in met for name in SCHEMA.type_map[kind].fields}  # type: ignore[attr-defined]
    assert every.seen == every_field
