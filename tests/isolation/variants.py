"""Variants of input values that cover each choice at least once."""

from collections.abc import Callable

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull

Scalar = Callable[[str], str]
"""Function that returns the literal of a scalar for the field with this name."""

LISTS, LONGEST = 4, 8
"""Minimum number of lists, and maximum number of values in one."""


def variants(kind: GraphQLInputType, scalar: Scalar, name: str = "") -> list[str]:
    """Return literals of a type that does not contain itself."""
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
    """Distribute values over a few lists: adjacent ones are similar and may exclude each other, so separate them."""
    lists = max(LISTS, -(-len(ways) // LONGEST))
    return [ways[index::lists] for index in range(min(lists, len(ways)))]


def together(ways: dict[str, list[str]]) -> list[str]:
    """Return combinations of all names, as many as the longest list has."""
    count = max(len(found) for found in ways.values())
    return [", ".join(f"{name}: {found[index % len(found)]}" for name, found in ways.items()) for index in range(count)]
