"""Schema for language models: smaller, valid, and without a loss of what clients use."""

import re
from collections.abc import Iterator

from graphql import GraphQLSchema, build_schema

from graphql_app.cli.agent_schema import FOR_GATEWAYS, sdl_for_agents
from tests.support.checkout import ROOT

SDL = (ROOT / "schema" / "schema.graphql").read_text()
MINIFIED = sdl_for_agents(SDL)
LEGEND = dict(re.findall(r"^#   (\w+): (.+)$", MINIFIED, re.MULTILINE))


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str, str | None]]:
    """Yield the coordinate, the name and the description of each member."""
    for kind in schema.type_map.values():
        for name, member in (getattr(kind, "fields", None) or getattr(kind, "values", None) or {}).items():
            yield f"{kind.name}.{name}", name, member.description
            for argument, each in getattr(member, "args", {}).items():
                yield f"{kind.name}.{name}({argument}:)", argument, each.description


def test_it_takes_about_half_the_characters() -> None:
    assert len(MINIFIED) < 0.55 * len(SDL)


def test_each_definition_has_one_line() -> None:
    lines = [line for line in MINIFIED.splitlines() if not line.startswith("#")]
    assert (
        len(lines) == len(re.findall(r"^(?:schema|directive|input|type|enum|union|interface|scalar)\b", SDL, re.M)) - 2
    )


def test_the_types_are_the_same() -> None:
    full, minified = build_schema(SDL), build_schema(MINIFIED)
    assert set(full.type_map) == set(minified.type_map)
    for name, kind in full.type_map.items():
        fields = getattr(kind, "fields", {})
        assert {key: str(each.type) for key, each in fields.items()} == {
            key: str(each.type) for key, each in getattr(minified.type_map[name], "fields", {}).items()
        }


def test_no_description_of_a_member_is_lost() -> None:
    kept = {place: text or LEGEND.get(name) for place, name, text in described(build_schema(MINIFIED))}
    lost = [
        place
        for place, _, text in described(build_schema(SDL))
        if text is not None and " ".join(text.split()) != " ".join((kept[place] or "").split())
    ]
    assert lost == []
    assert len(LEGEND) > 50


def test_requirements_are_kept_and_the_directives_of_gateways_are_not() -> None:
    assert MINIFIED.count("@auth(") == SDL.count("@auth(") + 2  # in the text above the legend
    assert not any(f"@{name}" in MINIFIED for name in FOR_GATEWAYS)
