"""Which errors are told does not depend on who was first, nor on the way in which an answer is found."""

import pytest

from graphql_app.types.schema import Api
from tests.engine.asking import toy_on, viewer_of
from tests.engine.libraries import Libraries, library
from tests.engine.toy.views import READER
from tests.engine.watching import sleep
from tests.plan.both import Both

OWNER = viewer_of(library("large").organization)
LATE = 'shelves(first: 2) { nodes { books(after: "nonsense") { totalCount } } }'
"""A field whose error is only met when the shelves have been read."""
EARLY = "tags(first: -1) { totalCount }"


async def told(both: Both, query: str) -> list[tuple[str, list[str | int]]]:
    """The code and the path of each error."""
    planned, _ = await both.ask(query, OWNER)
    return [(error["extensions"]["code"], error["path"]) for error in planned.errors]


@pytest.mark.parametrize("query", [f"{{ {LATE} {EARLY} }}", f"{{ {LATE} ...F }} fragment F on Query {{ {EARLY} }}"])
async def test_of_two_that_leave_no_data_the_first_in_the_document(both_toys: Both, query: str) -> None:
    assert await told(both_toys, query) == [("BAD_USER_INPUT", ["shelves", "nodes", 0, "books"])]


async def test_of_two_in_the_other_order_the_other(both_toys: Both) -> None:
    assert await told(both_toys, f"{{ {EARLY} {LATE} }}") == [("BAD_USER_INPUT", ["tags"])]


async def test_those_that_left_a_null_are_told_too(both_toys: Both) -> None:
    query = f'{{ {EARLY} ask(name: "break") node(id: "garbage") {{ id }} }}'
    assert await told(both_toys, query) == [
        ("INTERNAL_SERVER_ERROR", ["ask"]),
        ("BAD_USER_INPUT", ["node"]),
        ("BAD_USER_INPUT", ["tags"]),
    ]


async def test_of_the_items_of_a_list_that_of_the_first(both_toys: Both) -> None:
    query = '{ books(first: 3) { nodes { isLong tags(after: "nonsense") { totalCount } } } }'
    assert await told(both_toys, query) == [("BAD_USER_INPUT", ["books", "nodes", 0, "tags"])]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ shelves { nodes { books(orderBy: [{cost: {}}]) { nodes { id } } } } }", "FORBIDDEN"),
        ('{ shelves { nodes { books(filter: {cost: {gt: "1"}}) { nodes { id } } } } }', "FORBIDDEN"),
        ("{ shelves { nodes { books { groups(by: [{field: COST}]) { count } } } } }", "FORBIDDEN"),
        ('{ shelves { nodes { books(before: "") { nodes { id } } } } }', "BAD_USER_INPUT"),
        ("{ shelves { nodes { books(filter: {pages: null}) { nodes { id } } } } }", "BAD_USER_INPUT"),
        (
            "query ($n: [BookGroupBy!] = []) { shelves { nodes { books { groups(by: $n) { count } } } } }",
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_an_argument_below_a_plan_is_refused_where_it_is(both_toys: Both, query: str, code: str) -> None:
    variables = {"n": None} if "$n" in query else {}
    planned, _ = await both_toys.ask(query, viewer_of(OWNER.organization_id, READER), **variables)
    (error,) = planned.errors
    assert error["extensions"]["code"] == code
    assert error["path"][:4] == ["shelves", "nodes", 0, "books"]


async def test_what_is_read_after_a_broken_statement_tells_what_broke_it(api: Api, libraries: Libraries) -> None:
    async with toy_on(api, libraries.database.app, statement_timeout="100ms") as hasty:
        hasty.script.questions["sleep"] = sleep
        query = 'query ($id: ID!) { ask(name: "sleep") node(id: $id) { id } }'
        response = await hasty.respond(query, OWNER, id=str(OWNER.organization_id))
        assert response.codes == ["OPERATION_TIMEOUT", "OPERATION_TIMEOUT"]
