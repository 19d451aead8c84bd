"""Errors of responses: independent of the execution order and of the mode."""

import pytest

from graphql_app.types.schema import Api
from tests.engine.backend_activity import sleep
from tests.engine.datasets import Libraries, library
from tests.engine.toy.types import READER
from tests.engine.toy_api import toy_on, viewer_of
from tests.plan.differential import Both

OWNER = viewer_of(library("large").organization)
LATE = 'books(first: 2) { nodes { tags(after: "nonsense") { totalCount } } }'
"""Field of a shelf whose error occurs only after the books have been read."""
EARLY = "early: books(first: -1) { totalCount }"
EARLY_ROOT = "tags(first: -1) { totalCount }"


async def errors_of(both: Both, query: str) -> list[tuple[str, list[str | int]]]:
    """Return the code and the path of each error."""
    planned, _ = await both.fetch(query, OWNER)
    return [(error["extensions"]["code"], error["path"]) for error in planned.errors]


@pytest.mark.parametrize("fields", [f"{LATE} {EARLY}", f"{LATE} ... on Shelf {{ {EARLY} }}"])
async def test_the_first_of_two_errors_of_an_object_is_reported(both_toys: Both, fields: str) -> None:
    path: list[str | int] = ["shelves", "nodes", 0, "books", "nodes", 0, "tags"]
    query = f"{{ shelves(first: 1) {{ nodes {{ {fields} }} }} }}"
    assert await errors_of(both_toys, query) == [("BAD_USER_INPUT", path)]


async def test_the_order_in_the_document_decides(both_toys: Both) -> None:
    query = f"{{ shelves(first: 1) {{ nodes {{ {EARLY} {LATE} }} }} }}"
    assert await errors_of(both_toys, query) == [("BAD_USER_INPUT", ["shelves", "nodes", 0, "early"])]


FAILING_ROOTS = {
    "a page size": EARLY_ROOT,
    "a filter": 'books(filter: {cost: {gt: "1"}}) { totalCount }',
    "a list below": f"shelves(first: 1) {{ nodes {{ {EARLY} }} }}",
    "a malformed ID": 'book(id: "garbage") { id }',
    "the ID of any record": 'node(id: "garbage") { id }',
    "a resolver": 'ask(name: "break")',
}
"""Root fields that fail, by the cause."""


@pytest.mark.parametrize("cause", FAILING_ROOTS)
async def test_the_error_of_a_root_field_leaves_its_siblings(both_toys: Both, cause: str) -> None:
    query = f"{{ before: tags(first: 1) {{ totalCount }} failing: {FAILING_ROOTS[cause]} greeting }}"
    planned, _ = await both_toys.fetch(query, viewer_of(OWNER.organization_id, READER))
    assert planned.body["data"] == {"before": {"totalCount": 9}, "failing": None, "greeting": "Welcome."}
    assert [error["path"][0] for error in planned.errors] == ["failing"]


async def test_errors_of_null_fields_are_reported_too(both_toys: Both) -> None:
    query = f'{{ {EARLY_ROOT} ask(name: "break") node(id: "garbage") {{ id }} }}'
    assert await errors_of(both_toys, query) == [
        ("INTERNAL_SERVER_ERROR", ["ask"]),
        ("BAD_USER_INPUT", ["node"]),
        ("BAD_USER_INPUT", ["tags"]),
    ]


async def test_the_error_of_the_first_item_of_a_list_is_reported(both_toys: Both) -> None:
    query = '{ books(first: 3) { nodes { isLong tags(after: "nonsense") { totalCount } } } }'
    assert await errors_of(both_toys, query) == [("BAD_USER_INPUT", ["books", "nodes", 0, "tags"])]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ shelves { nodes { books(orderBy: [{cost: {}}]) { nodes { id } } } } }", "FORBIDDEN"),
        ('{ shelves { nodes { books(filter: {cost: {gt: "1"}}) { nodes { id } } } } }', "FORBIDDEN"),
        ("{ shelves { nodes { books { groups(by: [{field: COST}]) { count } } } } }", "FORBIDDEN"),
        ('{ shelves { nodes { books(before: "") { nodes { id } } } } }', "BAD_USER_INPUT"),
        ("{ shelves { nodes { books(filter: {pages: {eq: null}}) { nodes { id } } } } }", "BAD_USER_INPUT"),
        (
            "query ($n: [BookGroupBy!] = []) { shelves { nodes { books { groups(by: $n) { count } } } } }",
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_an_argument_below_a_plan_is_refused_at_its_path(both_toys: Both, query: str, code: str) -> None:
    variables = {"n": None} if "$n" in query else {}
    planned, _ = await both_toys.fetch(query, viewer_of(OWNER.organization_id, READER), **variables)
    (error,) = planned.errors
    assert error["extensions"]["code"] == code
    assert error["path"][:4] == ["shelves", "nodes", 0, "books"]


async def test_reads_after_a_failed_statement_report_its_error(api: Api, libraries: Libraries) -> None:
    async with toy_on(api, libraries.database.app, statement_timeout="100ms") as hasty:
        hasty.script.questions["sleep"] = sleep
        query = 'query ($id: ID!) { ask(name: "sleep") node(id: $id) { id } }'
        response = await hasty.respond(query, OWNER, id=str(OWNER.organization_id))
        assert response.codes == ["OPERATION_TIMEOUT", "OPERATION_TIMEOUT"]
