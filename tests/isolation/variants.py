"""Every way to give a value to an input, each choice made at least once."""

from collections.abc import Callable

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull

Scalar = Callable[[str], str]
"""The literal for a scalar, by the name of the field that it is for."""

LISTS, LONGEST = 4, 8
"""How many lists there are at least, and how many values are in one at most."""


def variants(kind: GraphQLInputType, scalar: Scalar, name: str = "") -> list[str]:
    """Literals for a type that does not contain itself."""
    match kind:
        case GraphQLNonNull(of_type=inner):
            return variants(inner, scalar, name)
        case GraphQLList(of_type=inner):
            return [f"[{', '.join(each)}]" for each in _dealt(variants(inner, scalar, name))]
        case GraphQLEnumType(values=values):
            return list(values)
        case GraphQLInputObjectType(is_one_of=True, fields=fields):
            return [f"{{{key}: {each}}}" for key, field in fields.items() for each in variants(field.type, scalar, key)]
        case GraphQLInputObjectType():
            ways = {key: variants(field.type, scalar, key) for key, field in kind.fields.items()}
            return [f"{{{each}}}" for each in together(ways)]
    return [scalar(name)]


def _dealt(ways: list[str]) -> list[list[str]]:
    """Dealt out to a few lists: neighbours, which are the most alike and may exclude each other, to different ones."""
    lists = max(LISTS, -(-len(ways) // LONGEST))
    return [ways[index::lists] for index in range(min(lists, len(ways)))]


def together(ways: dict[str, list[str]]) -> list[str]:
    """All names at once, as often as the one with the most ways needs."""
    count = max(len(found) for found in ways.values())
    return [", ".join(f"{name}: {found[index % len(found)]}" for name, found in ways.items()) for index in range(count)]
