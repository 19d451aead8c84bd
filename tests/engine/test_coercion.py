"""Values of variables are coerced as graphql-core does it."""

from typing import Any

import pytest
from graphql import (
    GraphQLDefaultInput,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLString,
    build_schema,
    coerce_input_value,
    type_from_ast,
)
from graphql.language import parse_type

from graphql_app.plan.coercion import Recursive, coercion_of

SCHEMA = build_schema("""
    type Query { ask(tree: Tree): Int }
    enum Color { RED GREEN }
    scalar Anything
    input Part { name: String!, count: Int = 3, color: Color }
    input Whole { id: ID, parts: [Part!], rows: [[Int]] = [[1], null], size: Float!, free: Anything, is: Boolean }
    input One @oneOf { name: String, part: Part, many: [Part] }
    input Tree { name: String, below: [Tree!] }
    input Forest { trees: [Tree!]! }
""")
TYPES = ["Int", "Int!", "String", "ID!", "Color", "Anything", "[Int]", "[Int!]!", "[[Color]]", "Part", "[Part]!"]
PLAIN: list[Any] = [None, 1, -1, 2**40, 1.0, 1.5, "", "RED", "text", True, [], {}, [1], [None], [[1, None], 2], "BLUE"]
PARTS: list[Any] = [
    {"name": "x"},
    {"name": None},
    {"count": 1},
    {"name": "x", "count": None, "color": "RED"},
    {"name": "x", "count": "1"},
    {"name": "x", "color": "BLUE"},
    {"name": "x", "other": 1},
    [{"name": "x"}, {"name": "y", "count": 2}],
    [{"name": "x"}, None],
]
WHOLES: list[Any] = [{"size": 1, "parts": part, "id": 7} for part in (*PARTS, *PLAIN)] + [
    {"size": 1.5, "rows": [[1], [None], None, 2], "free": {"a": [1]}, "is": False},
    {"size": "1"},
    {"size": 1, "is": 1, "free": None, "rows": None},
    {},
]
ONES: list[Any] = [
    {},
    {"name": "x"},
    {"name": None},
    {"name": "x", "part": None},
    {"part": {"name": "x"}},
    {"part": {}},
    {"many": [None]},
    {"other": 1},
]
CASES = [(name, value) for name in TYPES for value in (*PLAIN, *PARTS)]
CASES += [("Whole!", value) for value in WHOLES] + [(name, value) for name in ("One", "[One!]") for value in ONES]


@pytest.mark.parametrize(("name", "value"), CASES, ids=str)
def test_a_value_comes_to_what_graphql_core_makes_of_it(name: str, value: Any) -> None:
    kind: Any = type_from_ast(SCHEMA, parse_type(name))
    ours, theirs = coercion_of(kind)(value), coerce_input_value(value, kind)
    assert (repr(ours), type(ours)) == (repr(theirs), type(theirs))


def test_names_of_its_own_are_those_of_graphql_core() -> None:
    name = GraphQLInputField(GraphQLNonNull(GraphQLString), out_name="called")
    count = GraphQLInputField(GraphQLInt, default=GraphQLDefaultInput(3), out_name="number")
    kind = GraphQLInputObjectType("Renamed", {"name": name, "count": count}, out_type=lambda found: {"is": found})
    expected = {"is": {"called": "x", "number": 3}}
    assert coercion_of(kind)({"name": "x"}) == coerce_input_value({"name": "x"}, kind) == expected


@pytest.mark.parametrize("name", ["Tree", "Forest", "[Tree!]"])
def test_how_deeply_a_type_may_contain_itself_is_left_to_graphql_core(name: str) -> None:
    with pytest.raises(Recursive):
        coercion_of(type_from_ast(SCHEMA, parse_type(name)))
