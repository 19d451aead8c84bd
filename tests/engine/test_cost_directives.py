"""Printed ``@cost`` and ``@listSize``: a gateway that reads them computes the same cost as the server."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    parse,
    value_from_ast_untyped,
)
from hypothesis import given

from graphql_app import playground
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.documents import DocumentCache
from graphql_app.execution.request_bounds import RequestBounds
from graphql_app.execution.validation import InvalidDocument
from graphql_app.types.costs import cost
from graphql_app.types.declarations import resolved
from graphql_app.types.schema import Api
from graphql_app.types.schema import build_schema as build_api
from tests.engine.examples import examples
from tests.engine.toy.models import Organization
from tests.engine.toy.root import build
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.toy_values import toy_pools
from tests.support.api import domain_api

API = build()
UNLIMITED = CostLimits(cost=10**15, lists=10**9)


@cache
def read_schema(sdl: str) -> GraphQLSchema:
    return build_schema(sdl)


class Gateway:
    """Calculator of costs from the SDL alone, by the rules of IBM's specification."""

    def __init__(self, sdl: str, text: str, variables: dict[str, Any]) -> None:
        self.schema = read_schema(sdl)
        document = parse(text)
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        (self.operation,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in self.operation.variable_definitions or ()
            if each.default_value is not None
        }
        self.variables = defaults | variables

    @property
    def cost(self) -> int:
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        return self.selections(root, [self.operation.selection_set], {})

    def selections(self, kind: Any, sets: list[SelectionSetNode], sized: dict[str, int]) -> int:
        """Return the cost of the selections of an object; of the most expensive type of an abstract one."""
        if is_abstract_type(kind):
            return max(self.selections(each, sets, sized) for each in self.schema.get_possible_types(kind))
        merged: dict[str, list[FieldNode]] = {}
        for each in sets:
            for field in self.collected(kind, each):
                merged.setdefault((field.alias or field.name).value, []).append(field)
        return sum(self.field(kind, nodes, sized) for nodes in merged.values() if nodes[0].name.value in kind.fields)

    def collected(self, kind: GraphQLObjectType, selections: SelectionSetNode) -> Iterator[FieldNode]:
        for each in selections.selections:
            given = {each.name.value: self.value((each.arguments or ())[0].value) for each in each.directives or ()}
            if given.get("skip") or not given.get("include", True):
                continue
            if isinstance(each, FieldNode):
                yield each
                continue
            assert isinstance(each, FragmentSpreadNode | InlineFragmentNode)
            inner = self.fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
            on = inner.type_condition and self.schema.type_map[inner.type_condition.name.value]
            if on in (None, kind) or (is_abstract_type(on) and self.schema.is_sub_type(on, kind)):
                yield from self.collected(kind, inner.selection_set)

    def field(self, kind: GraphQLObjectType, nodes: list[FieldNode], sized: dict[str, int]) -> int:
        name = nodes[0].name.value
        definition = kind.fields[name]
        named = get_named_type(definition.type)
        assert definition.ast_node is not None
        directives = {each.name.value: each for each in definition.ast_node.directives or ()}
        weight = int(is_composite_type(named))
        if "cost" in directives:
            weight = int(self.arguments(directives["cost"])["weight"])
        size, below = None, dict[str, int]()
        if "listSize" in directives:
            declared = self.arguments(directives["listSize"])
            size = self.size(nodes[0], declared)
            below = dict.fromkeys(declared.get("sizedFields", ()), size)
        items = (
            sized.get(name, size if size is not None else 1) if is_list_type(get_nullable_type(definition.type)) else 1
        )
        inner = [each.selection_set for each in nodes if each.selection_set]
        return items * (weight + (self.selections(named, inner, below) if inner else 0))

    def arguments(self, node: Any) -> dict[str, Any]:
        return {each.name.value: value_from_ast_untyped(each.value) for each in node.arguments}

    def size(self, node: FieldNode, declared: dict[str, Any]) -> int:
        given = {each.name.value: self.value(each.value) for each in node.arguments or ()}
        values = [given.get(name) for name in declared.get("slicingArguments", ())]
        sizes = [
            len(each) if isinstance(each, list) else each if isinstance(each, int) else 1
            for each in values
            if each is not None
        ]
        return max(sizes) if sizes else int(declared["assumedSize"])

    def value(self, node: Any) -> Any:
        return value_from_ast_untyped(node, self.variables)


def costs(api: Api, text: str, variables: dict[str, Any]) -> tuple[int, int]:
    """Return the cost that the server and a gateway compute."""
    document = DocumentCache(api.graphql_schema, introspection=True).get(text)
    found = document.cost(document.operation(None), variables, UNLIMITED)
    return found.requested, Gateway(api.sdl, text, variables).cost


@examples(60)
@given(document=documents(API.graphql_schema, toy_pools(), plain=True))
def test_a_gateway_computes_the_cost_of_random_documents_from_the_schema(document: Document) -> None:
    try:
        server, gateway = costs(API, document.text, document.values)
    except InvalidDocument:
        return  # fields of two types with one key must have the same type, which the strategy does not ensure
    assert server == gateway


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        (
            "query ($n: Int = 7) { tasks(first: $n) { nodes { comments { edges { cursor } } } } }",
            {},
            30 + 7 * (1 + 5 + 25),
        ),
        ("query ($n: Int = 7) { tasks(last: $n) { totalCount nodes { id } } }", {"n": 4}, 30 + 5 + 4),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b"]}, 2 * 5),
        ('{ search(query: "a", first: 9) { nodes { ... on Task { category { name } } } } }', {}, 60 + 9 * (1 + 1)),
        ("{ dashboard { workload(first: 3) { worker { name } } tasksByStatus { count } } }", {}, 20 + 3 * 2 + 25),
        ("{ tasks(first: 1) { groups(by: [{field: STATUS}]) { count } } }", {}, 30 + 100),
        (
            "query ($all: Boolean!) { tasks @include(if: $all) { totalCount } viewer { user { name } } }",
            {"all": False},
            21,
        ),
        (
            "mutation ($in: [CreateTaskInput!]!) { createTasks(inputs: $in) { results { task { id } errors { code }}}}",
            {"in": [{"title": "A"}] * 3},
            50 + 3 * (1 + 1 + 1),
        ),
        ('mutation { completeTask(input: {id: "a"}) { task { id } errors { code } } }', {}, 50 + 1 + 1),
    ],
)
def test_a_gateway_computes_the_cost_of_examples_of_the_real_schema(
    query: str, variables: dict[str, Any], expected: int
) -> None:
    assert costs(domain_api(), query, variables) == (expected, expected)


def test_a_declared_weight_is_printed_and_counted() -> None:
    @strawberry.type
    class Query:
        @cost(40)
        @resolved
        def report(self) -> str:
            """Report."""
            return ""

    built = build_api(nodes=[Organization], queries=[Query])
    assert 'report: String @cost(weight: "40")' in built.sdl
    assert costs(built, "{ report again: report }", {}) == (80, 80)


EXAMPLES = Path(playground.__file__).parent / "source" / "examples"
PINNED = {
    "01-log-in": 52,
    "02-viewer": 22,
    "03-open-tasks": 46,
    "04-filter-relations": 245,
    "05-five-levels": 321,
    "06-pages": 41,
    "07-aggregates": 104,
    "08-groups": 515,
    "09-search": 75,
    "10-dashboard": 152,
    "11-node": 20,
    "12-nodes": 125,
    "13-comment-subjects": 60,
    "14-money": 240,
    "15-create-task": 53,
    "16-complete-task": 52,
    "17-conflict": 54,
    "18-many-tasks": 59,
    "19-all-or-nothing": 104,
}
"""Costs of the examples of the playground with the defaults of their variables."""


def test_the_costs_of_the_example_queries_are_as_pinned() -> None:
    kept = DocumentCache(domain_api().graphql_schema, introspection=True, bounds=RequestBounds())
    found = {}
    for file in sorted(EXAMPLES.glob("*.graphql")):
        document = kept.get(file.read_text())
        found[file.stem] = document.cost(document.operation(None), {}, CostLimits()).requested
    assert found == PINNED
