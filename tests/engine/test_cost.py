"""Upper bounds of an operation: objects and lists, counted before the first statement."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, is_object_type

from graphql_app.execution import caches, cost
from graphql_app.execution.caches import MOST_COSTS
from graphql_app.execution.cost import CostLimitExceeded, CostLimits
from graphql_app.execution.cost_function import LARGEST_NUMBER, LISTED
from graphql_app.execution.documents import Document, DocumentCache
from graphql_app.execution.introspection import STANDARD_QUERY
from graphql_app.execution.request import GraphQLRequest
from graphql_app.limits import Limits
from graphql_app.pacing import LEAVES
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import Toy, toy_on, viewer_of, wide
from tests.support.api import domain_api

pytestmark = pytest.mark.both_modes

LARGE = library("large").organization
LIMITS = CostLimits(cost=200, lists=4)


def read(api: Api, query: str) -> tuple[Document, OperationDefinitionNode]:
    document = DocumentCache(api.graphql_schema, introspection=True, limits=Limits()).get(query)
    return document, document.operation(None)


def counted(api: Api, query: str, **variables: Any) -> tuple[int, int]:
    """Return the objects and lists of an operation."""
    document, operation = read(api, query)
    found = document.cost(operation, variables, CostLimits())
    return found.objects, found.lists


@pytest.mark.parametrize(
    ("query", "cost", "objects", "lists"),
    [
        ("{ greeting __typename }", 0, 0, 0),
        ('{ book(id: "x") { id } }', 20, 1, 0),
        ('{ book(id: "x") { id author { name } shelf { organization { name } } } }', 23, 4, 0),
        ("{ books { totalCount } }", 35, 1, 1),
        ("{ books { nodes { id } } }", 55, 26, 1),
        ("{ books(first: null) { nodes { id } } }", 55, 26, 1),
        ("{ books(first: 0) { nodes { id author { name } } } }", 30, 1, 1),
        ("{ books(first: 3) { nodes { id } } }", 33, 4, 1),
        ("{ books(last: 3) { nodes { id } } }", 33, 4, 1),
        ("{ books(first: 3) { edges { cursor node { id } } } }", 36, 7, 1),
        ("{ books(first: 3) { pageInfo { hasNextPage } nodes { id author { name } } } }", 37, 8, 1),
        ("{ books(first: 3) { nodes { volumes(first: 2) { nodes { id } } } } }", 54, 1 + 3 * (1 + 1 + 2), 2),
        ("{ a: books(first: 3) { nodes { id } } b: books(first: 3) { nodes { id } } }", 66, 8, 2),
        ("{ books(first: 3) { nodes { id } } books(first: 3) { nodes { title } } }", 33, 4, 1),
        ("{ ...F ...F } fragment F on Query { books(first: 3) { nodes { id } } }", 33, 4, 1),
        ("{ a: books { ...F } b: books(first: 1) { ...F } } fragment F on BookConnection { nodes { id } }", 86, 28, 2),
        ("{ books(first: 2) { groups(by: [{field: GENRE}]) { count } } }", 130, 1 + 100, 2),
        ("{ books(first: 2) { groups(by: [{field: GENRE}], first: 5) { key { genre } } } }", 40, 1 + 5 * 2, 2),
        ("{ books(first: 2) { aggregates { count sum { pages } avg { pages } } } }", 37, 4, 1),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 15, 3, 1),
        ('{ nodes(ids: "a") { id } }', 5, 1, 1),
        ("{ nodes(ids: []) { id } }", 0, 0, 1),
        ('{ __schema { types { name } } __type(name: "A") { name } }', 0, 0, 0),
    ],
)
def test_each_field_costs_its_weight_as_often_as_it_may_occur(
    built: Api, query: str, cost: int, objects: int, lists: int
) -> None:
    document, operation = read(built, query)
    assert document.cost(operation, {}, CostLimits()).requested == cost
    assert counted(built, query) == (objects, lists)


def introspected(api: Api, query: str) -> int:
    """Return the objects of an introspection."""
    document, operation = read(api, query)
    return document.cost(operation, {}, CostLimits()).response.root.introspected


def test_an_introspection_counts_all_types_and_arguments_of_the_schema(built: Api) -> None:
    types = built.graphql_schema.type_map.values()
    fields = [field for kind in types if hasattr(kind, "fields") for field in kind.fields.values()]
    arguments = sum(len(getattr(field, "args", ())) for field in fields)
    assert introspected(built, "{ __schema { types { name } } }") == 1 + len(types)
    counted = introspected(built, "{ __schema { types { fields { args { name } } inputFields { name } } } }")
    # averages are rounded up, so that a count is an upper bound
    assert 1 + len(types) + len(fields) + arguments <= counted <= 1 + 3 * (len(types) + len(fields) + arguments)


def test_a_type_by_name_counts_as_the_largest(built: Api) -> None:
    most = max(len(kind.fields) for kind in built.graphql_schema.type_map.values() if is_object_type(kind))
    assert introspected(built, '{ __type(name: "Book") { fields { name type { name } } } }') == 1 + 2 * most


def test_the_depth_of_of_type_is_bounded_by_the_schema(built: Api) -> None:
    def query(depth: int) -> str:
        return '{ __type(name: "Book") { fields { type ' + "{ ofType " * depth + "{ name } " + "} " * depth + "} } }"

    assert introspected(built, query(2)) < introspected(built, query(3)) == introspected(built, query(8))


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { " + " ".join(f"a{n}: types {{ fields {{ args {{ name }} }} }}" for n in range(60)) + " } }",
        "{ "
        + " ".join(f"a{n}: __schema {{ ...F }}" for n in range(60))
        + " } fragment F on __Schema { types { fields { name } } }",
        "{ " + " ".join(f'a{n}: __type(name: "Query") {{ fields {{ args {{ name }} }} }}' for n in range(300)) + " }",
    ],
)
def test_an_introspection_far_larger_than_that_of_tools_is_rejected(built: Api, query: str) -> None:
    with pytest.raises(CostLimitExceeded, match="objects of an introspection") as refused:
        introspected(built, query)
    assert refused.value.extensions["number"] > refused.value.extensions["limit"]


@pytest.mark.parametrize("query", [get_introspection_query(), STANDARD_QUERY, get_introspection_query(type_depth=20)])
def test_introspection_by_tools_is_admitted(built: Api, query: str) -> None:
    assert introspected(built, query) > 0


def test_introspection_beside_other_fields_has_a_lower_limit(built: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "MOST_INTROSPECTED_BESIDE", 500)
    types = "__schema { types { fields { name } } }"
    assert introspected(built, f"{{ {types} }}") > cost.MOST_INTROSPECTED_BESIDE
    assert introspected(built, "{ __schema { queryType { name } } greeting }") == 2
    with pytest.raises(CostLimitExceeded):
        introspected(built, f"{{ {types} greeting }}")


def test_an_item_of_several_types_counts_as_the_largest_and_plans_all_of_their_lists(built: Api) -> None:
    query = """{ nodes(ids: ["a", "b"]) {
        ... on Book { author { name } shelf { label } volumes(first: 3) { nodes { id } } }
        ... on Shelf { books(first: 2) { nodes { id } } }
        ... on Node { id }
    } }"""
    assert counted(built, query) == (2 * (1 + 2 + 1 + 3), 3)


def test_many_leaves_make_an_object_count_more_than_once(built: Api) -> None:
    def query(leaves: int) -> str:
        return f"{{ books(first: 10) {{ nodes {{ {' '.join(f'a{n}: title' for n in range(leaves))} }} }} }}"

    assert counted(built, query(LEAVES - 1)) == (11, 1)
    assert counted(built, query(LEAVES)) == (21, 1)
    assert counted(built, query(100 * LEAVES)) == (1 + 10 * 101, 1)


@pytest.mark.parametrize(
    ("variables", "objects"),
    [
        ({"n": 7, "ids": ["a", "b"]}, 1 + 7 + 2),
        ({"n": 0, "ids": []}, 1),
        ({"ids": []}, 1 + 3),
        ({"n": None, "ids": "a"}, 1 + 25 + 1),
        ({"n": 5.0, "ids": ["a"], "with": True}, 1 + 5 * 2 + 1),
        ({"n": 5, "ids": ["a"], "with": False, "without": True}, 1 + 5),
        ({"n": 5, "ids": ["a"], "with": None}, 1 + 1),
    ],
)
def test_variables_count_with_their_values(built: Api, variables: dict[str, Any], objects: int) -> None:
    query = """query ($n: Int = 3, $ids: [ID!]!, $with: Boolean = false, $without: Boolean = false) {
        books(first: $n) { nodes { id author @include(if: $with) { name } } }
        nodes(ids: $ids) @skip(if: $without) { id } }"""
    assert counted(built, query, **variables)[0] == objects


def test_the_rows_of_a_bulk_mutation_count(workline_schema: Api) -> None:
    query = """mutation ($inputs: [CreateTaskInput!]!) { createTasks(inputs: $inputs) {
        count results { task { id assignee { name } } errors { message } } errors { message } } }"""
    # the payload, and for each input a result with a task, its assignee and an error, and its own error
    assert counted(workline_schema, query, inputs=[{"title": "A"}] * 10) == (1 + 10 * 4 + 10, 0)


def test_search_and_hand_written_lists_count(workline_schema: Api) -> None:
    assert counted(workline_schema, '{ search(query: "a", first: 9) { nodes { ... on Task { id } } } }') == (10, 1)
    query = "{ dashboard { workload(first: 3) { worker { name } } tasksByStatus { count } } }"
    assert counted(workline_schema, query) == (1 + 3 * 2 + 25, 2)


@pytest.fixture(scope="module")
def workline_schema() -> Api:
    """Return the real API, which executes no operation."""
    return domain_api()


def test_no_page_counts_more_than_the_largest(built: Api) -> None:
    assert counted(built, "{ books(first: 2147483647) { nodes { id } } }") == (101, 1)


def refused(api: Api, query: str, limits: CostLimits = LIMITS, **variables: Any) -> dict[str, Any]:
    document, operation = read(api, query)
    with pytest.raises(CostLimitExceeded) as error:
        document.cost(operation, variables, limits)
    return error.value.extensions


@pytest.mark.parametrize(
    ("query", "cost", "fields"),
    [
        (
            "{ books(first: 100) { nodes { title author { name } } } }",
            230,
            [("books.nodes", 100), ("books.nodes.author", 100), ("books", 30)],
        ),
        (
            "{ a: greeting b: books(first: 171) { edges { node { id } } } }",
            230,
            [("b.edges", 100), ("b.edges.node", 100)],
        ),
        (
            "{ a: books(first: 100) { nodes { id } } b: books(first: 60) { nodes { id } } }",
            220,
            [("a.nodes", 100), ("b.nodes", 60), ("a", 30), ("b", 30)],
        ),
        (
            "{ books(first: 10) { nodes { ...F } } } fragment F on Book { x: tags(first: 20) { nodes { id } } }",
            290,
            [("books.nodes.x.nodes", 200), ("books.nodes.x", 50), ("books", 30), ("books.nodes", 10)],
        ),
    ],
)
def test_the_error_lists_the_most_expensive_fields(
    built: Api, query: str, cost: int, fields: list[tuple[str, int]]
) -> None:
    found = refused(built, query)
    assert (found["code"], found["number"], found["limit"]) == ("COST_LIMIT_EXCEEDED", cost, 200)
    assert [(each["path"], each["cost"]) for each in found["fields"]][: len(fields)] == fields


def test_the_error_names_the_list_limit(built: Api) -> None:
    query = "{ a: books(first: 1) { nodes { t: tags { totalCount } n: notes { totalCount } } } ...F } "
    fragment = "fragment F on Query { b: shelves { nodes { books { totalCount } } } }"
    assert refused(built, query + fragment) == {"code": "COST_LIMIT_EXCEEDED", "number": 5, "limit": 4}


def test_exponential_fragments_are_counted_once_each(built: Api) -> None:
    twice = [f"fragment F{n} on Book {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }}" for n in range(60)]
    query = f"{{ books {{ nodes {{ ...F0 }} }} }} {' '.join(twice)} fragment F60 on Book {{ id }}"
    found = refused(built, query)
    assert found["number"] == LARGEST_NUMBER
    assert len(found["fields"]) == LISTED


def test_an_operation_with_too_many_selections_is_rejected(built: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "SELECTIONS", 10)
    query = f"{{ {' '.join(f'a{n}: books {{ b{n}: totalCount }}' for n in range(6))} }}"
    assert refused(built, query) == {"code": "COST_LIMIT_EXCEEDED", "number": 11, "limit": 10}


def test_costs_are_cached_by_the_variables_on_which_they_depend(built: Api) -> None:
    query = """query ($n: Int, $m: Int, $deep: Boolean!, $filter: BookFilter) {
        books(first: $n, filter: $filter) { nodes { id tags(first: $m) @include(if: $deep) { nodes { id } } } } }"""
    document, operation = read(built, query)
    values = [(n, m, deep) for n in (1, 2) for m in (3, 4) for deep in (True, False)]
    for n, m, deep in values * 2:
        variables = {"n": n, "m": m, "deep": deep, "filter": {"title": {"eq": "A"}}}
        found = document.cost(operation, variables, LIMITS)
        expected = (30 + n * (1 + 5 + m), 1 + n * (2 + m), 2) if deep else (30 + n, 1 + n, 1)
        assert (found.requested, found.objects, found.lists) == expected
    assert len(document.costs._costs) == len(values)
    assert len(document.costs._functions) == 2, "compiled once for each choice of the directives"
    for n in [1, 2, 500, 2, 500]:
        assert (n == 500) is is_refused(document, operation, n=n, m=1, deep=True)
    for n in range(1, 3 * MOST_COSTS):
        document.cost(operation, {"n": n, "deep": False}, CostLimits())
    assert len(document.costs._costs) <= MOST_COSTS


def is_refused(document: Document, operation: OperationDefinitionNode, **variables: Any) -> bool:
    try:
        document.cost(operation, variables, LIMITS)
    except CostLimitExceeded as error:
        return bool(error.extensions["number"] > error.extensions["limit"])
    return False


@pytest.fixture(scope="module")
async def bounded(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Run the API with low limits."""
    async with toy_on(api, libraries.database.app, options=wide(costs=LIMITS)) as toy:
        yield toy


async def test_an_operation_at_the_cost_limit_is_answered_and_one_above_rejected(bounded: Toy) -> None:
    query = "query ($n: Int!) { greeting books(first: $n) { nodes { id } } }"
    assert len((await bounded.fetch(query, LARGE, n=170))["books"]["nodes"]) == 90
    response = await bounded.respond(query, LARGE, n=171)
    assert not response.executed
    assert response.codes == ["COST_LIMIT_EXCEEDED"]
    assert bounded.statements == []


async def test_an_operation_at_the_list_limit_is_answered_and_one_above_rejected(bounded: Toy) -> None:
    lists = [f"a{n}: books(first: 1) {{ nodes {{ id }} }}" for n in range(5)]
    await bounded.fetch(f"{{ {' '.join(lists[:4])} }}", LARGE)
    assert (await bounded.respond(f"{{ {' '.join(lists)} }}", LARGE)).codes == ["COST_LIMIT_EXCEEDED"]
    assert bounded.statements == []


async def reported(toy: Toy, query: str, viewer: Any = LARGE, **variables: Any) -> tuple[int, int]:
    """Return the requested and the actual cost that a response reports on request."""
    request = GraphQLRequest(query, variables, reports_cost=True)
    body = (await toy.executor.execute(request, viewer=viewer and viewer_of(viewer))).body
    described = body["extensions"]["cost"]
    return described["requestedQueryCost"], described["actualQueryCost"]


@pytest.mark.parametrize(
    ("query", "requested", "actual"),
    [
        ("{ greeting }", 0, 0),
        ("{ books(first: 100) { nodes { id } } }", 130, 30 + 90),
        ("{ books(first: 100) { edges { node { author { name } } } } }", 330, 30 + 90 * 3),
        ("query ($n: Int) { books(first: $n) { nodes { id } } }", 55, 55),
        ('{ book(id: "00000000-0000-7000-8000-000000000000") { id author { name } } }', 21, 21),
        ('{ nodes(ids: ["00000000-0000-7000-8000-000000000000"]) { id } }', 5, 5),
        ("{ nodes(ids: []) { id } }", 0, 0),
        ('{ books(filter: {title: {eq: "no such title"}}) { nodes { tags { nodes { id } } } } }', 805, 30),
        ("{ __schema { queryType { name } } books(first: 1) { nodes { id } } }", 31, 31),
    ],
)
async def test_the_actual_cost_counts_the_items_that_were_found(
    toy: Toy, query: str, requested: int, actual: int
) -> None:
    assert await reported(toy, query) == (requested, actual)


async def test_the_actual_cost_of_nested_lists_and_abstract_types_is_at_most_the_requested_one(toy: Toy) -> None:
    query = """{ shelves { nodes { books(first: 3) { nodes { id notes { nodes { subject {
        ... on Book { title } ... on Shelf { books(first: 2) { nodes { id } } } } } } } } } } }"""
    requested, actual = await reported(toy, query)
    body = (await toy.respond(query, LARGE)).body["data"]
    shelves = body["shelves"]["nodes"]
    books = [book for shelf in shelves for book in shelf["books"]["nodes"]]
    notes = [note for book in books for note in book["notes"]["nodes"]]
    inner = [
        6 + len(note["subject"].get("books", {"nodes": []})["nodes"]) for note in notes if "books" in note["subject"]
    ]
    plain = sum("books" not in note["subject"] for note in notes)
    assert actual == 30 + len(shelves) * 6 + len(books) * 6 + len(notes) + sum(inner) + plain
    assert actual < requested


async def test_costs_are_reported_only_on_request_or_by_an_option(toy: Toy, libraries: Libraries, api: Api) -> None:
    assert "extensions" not in (await toy.respond("{ greeting }", None)).body
    async with toy_on(api, libraries.database.app, options=wide(report_cost=True)) as open_toy:
        response = await open_toy.respond("{ books(first: 1) { nodes { id } } }", LARGE)
    assert response.body["extensions"] == {"cost": {"requestedQueryCost": 31, "actualQueryCost": 31}}
    assert response.encoded is not None
    assert b"requestedQueryCost" in response.encoded


async def test_an_operation_that_is_not_executed_costs_nothing(toy: Toy) -> None:
    assert await reported(toy, "query ($n: Int) { books(first: $n) { nodes { id } } }", n="x") == (31, 0)


async def test_a_missing_token_is_reported_before_the_cost_is_counted(bounded: Toy) -> None:
    assert (await bounded.respond("{ books(first: 1000) { nodes { id } } }", None)).codes == ["UNAUTHENTICATED"]


async def test_deep_nesting_through_fragments_is_counted_or_rejected(bounded: Toy) -> None:
    for depth in (50, 150, 250, 350):
        chain = [f"fragment F{n} on Book {{ parent {{ ...F{n + 1} }} }}" for n in range(depth)]
        query = f"{{ books(first: 1) {{ nodes {{ ...F0 }} }} }} {' '.join(chain)} fragment F{depth} on Book {{ id }}"
        response = await bounded.respond(query, LARGE)
        assert response.codes in ([], ["COST_LIMIT_EXCEEDED"], ["GRAPHQL_PARSE_FAILED"], ["GRAPHQL_VALIDATION_FAILED"])
        assert response.codes == [] or depth > 50
