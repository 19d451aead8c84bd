"""Published schema: complete descriptions, and no change without review."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    DirectiveLocation,
    ExecutionResult,
    GraphQLDeprecatedDirective,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    experimental_execute_incrementally,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
    parse,
)

from graphql_app.types.schema import Api
from tests.architecture.sources import ROOT
from tests.architecture.vocabulary import refused_part

pytestmark = pytest.mark.architecture

LOCATIONS_OF_2021 = {
    "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE",
    "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
}  # fmt: skip
GOLDEN = ROOT / "schema" / "schema.graphql"
"""Reviewed schema. To review a change, and to accept it:

    python -m graphql_app schema --check
    python -m graphql_app schema --write
"""


def described(api: Api) -> Iterator[tuple[str, Any]]:
    """Yield everything that can have a description, by its coordinates."""
    schema = api.graphql_schema
    for kind in schema.type_map.values():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            yield kind.name, kind
            yield from _members(kind)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive


def _members(kind: Any) -> Iterator[tuple[str, Any]]:
    match kind:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field
                yield from ((f"{kind.name}.{name}({key}:)", argument) for key, argument in field.args.items())
        case GraphQLInputObjectType():
            yield from ((f"{kind.name}.{name}", field) for name, field in kind.fields.items())
        case GraphQLEnumType():
            yield from ((f"{kind.name}.{name}", value) for name, value in kind.values.items())


def test_everything_has_a_description(workline_api: Api) -> None:
    found = list(described(workline_api))
    assert len(found) > 100
    assert not [name for name, each in found if not (each.description or "").strip()]


def test_introspection_names_only_directive_locations_of_the_specification_of_2021(workline_api: Api) -> None:
    document = parse("{ __schema { directives { name locations } } }")
    result = experimental_execute_incrementally(workline_api.graphql_schema, document)
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    locations = {each["name"]: set(each["locations"]) for each in result.data["__schema"]["directives"]}
    assert {"ARGUMENT_DEFINITION", "ENUM_VALUE", "FIELD_DEFINITION"} < locations["deprecated"]
    assert set[str]().union(*locations.values()) <= LOCATIONS_OF_2021


def test_specified_directives_are_unchanged() -> None:
    assert DirectiveLocation.DIRECTIVE_DEFINITION in GraphQLDeprecatedDirective.locations


def test_descriptions_are_sentences(workline_api: Api) -> None:
    odd = [name for name, each in described(workline_api) if not each.description.strip().endswith((".", "`", ")"))]
    assert not odd


def test_descriptions_state_values_and_rules_in_standard_terms(workline_api: Api) -> None:
    assert refused_part("A Account in a list.") == "A A"
    assert refused_part("A task, and who does it.") == "who"
    assert refused_part("Worker to whom a user assigned the task.") is None
    texts = {each.description.strip() for _, each in described(workline_api)}
    assert not sorted(text for text in texts if refused_part(text))


def test_a_deprecation_has_a_reason_and_a_date(workline_api: Api) -> None:
    reasons = {name: getattr(each, "deprecation_reason", None) for name, each in described(workline_api)}
    dateless = [name for name, reason in reasons.items() if reason is not None and not any(map(str.isdigit, reason))]
    assert not dateless


def test_the_schema_equals_the_reviewed_one(workline_api: Api) -> None:
    assert f"{workline_api.sdl}\n" == GOLDEN.read_text(), "see GOLDEN above"
