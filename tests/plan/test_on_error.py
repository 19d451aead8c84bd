"""Parameter `onError`: the effect of a field's error, by plans and by resolvers."""

from typing import Any

import pytest

from graphql_app.context import OnError
from graphql_app.execution.request import GraphQLRequest
from tests.engine.datasets import library
from tests.engine.toy_api import viewer_of
from tests.plan.differential import Both

OWNER = viewer_of(library("large").organization)
NESTED = '{ shelves(first: 2) { nodes { label books(after: "nonsense") { totalCount } } } tags { totalCount } }'
BOOKS_PATH = ["shelves", "nodes", 0, "books"]


async def answer(both: Both, query: str, on_error: OnError) -> dict[str, Any]:
    """Return the response, which is the same by plans and by resolvers."""
    planned, _ = await both.respond(GraphQLRequest(query, on_error=on_error), OWNER)
    return planned.body


async def test_by_default_the_nearest_nullable_parent_is_null(both_toys: Both) -> None:
    body = await answer(both_toys, NESTED, "PROPAGATE")
    assert body["data"] == {"shelves": None, "tags": {"totalCount": 9}}
    assert [error["path"] for error in body["errors"]] == [BOOKS_PATH]


async def test_null_leaves_the_siblings_of_a_field_that_fails(both_toys: Both) -> None:
    body = await answer(both_toys, NESTED, "NULL")
    assert [(shelf["label"] != "", shelf["books"]) for shelf in body["data"]["shelves"]["nodes"]] == [(True, None)] * 2
    assert body["data"]["tags"]["totalCount"] > 0
    assert [error["path"] for error in body["errors"]] == [["shelves", "nodes", n, "books"] for n in (0, 1)]


@pytest.mark.parametrize("query", [NESTED, '{ ask(name: "break") greeting tags { totalCount } }'])
async def test_halt_leaves_the_first_error_and_no_data(both_toys: Both, query: str) -> None:
    body = await answer(both_toys, query, "HALT")
    assert body["data"] is None
    assert len(body["errors"]) == 1


@pytest.mark.parametrize("on_error", ["NULL", "PROPAGATE", "HALT"])
async def test_an_operation_without_errors_does_not_depend_on_it(both_toys: Both, on_error: OnError) -> None:
    assert await answer(both_toys, "{ greeting }", on_error) == {"data": {"greeting": "Welcome."}}
