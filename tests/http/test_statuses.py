"""Statuses by edition of GraphQL over HTTP: 2025, the default, and 2026."""

from typing import Any

import httpx
import pytest

from graphql_app.http.negotiation import GRAPHQL_RESPONSE, JSON
from tests.http.conftest import Serve

POST = {"content-type": "application/json"}
INVALID = '{"query": "{ nothing }"}'
CASES = {
    "executed": ('{"query": "{ hello }"}', 200, 200, 200),
    "executed with errors": ('{"query": "{ hello missing }"}', 200, 294, 200),
    "executed without data": ('{"query": "{ broken }"}', 200, 294, 200),
    "not JSON": ("{", 400, 400, 400),
    "not a request": ('{"qeury": "{ hello }"}', 400, 422, 400),
    "wrong variables": ('{"query": "{ hello }", "variables": [7]}', 400, 422, 400),
    "not GraphQL": ('{"query": "{"}', 400, 400, 200),
    "invalid": (INVALID, 400, 422, 200),
    "too many in a batch": (f"[{','.join([INVALID] * 11)}]", 400, 422, 400),
    "invalid batch": (f"[{INVALID}]", 400, 422, 200),
    "not logged in": ('{"query": "query Private { hello }", "operationName": "Private"}', 401, 401, 200),
    "unknown hash": ('{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}', 200, 200, 200),
}


@pytest.mark.parametrize(("body", "in_2025", "in_2026", "plain"), CASES.values(), ids=list(CASES))
async def test_the_edition_determines_the_status(
    serve: Serve, body: str, in_2025: int, in_2026: int, plain: int
) -> None:
    for edition, status in (("2025", in_2025), ("2026", in_2026)):
        client = await serve(http_status=edition)
        modern = await client.post("/graphql", content=body, headers=POST | {"accept": GRAPHQL_RESPONSE})
        classic = await client.post("/graphql", content=body, headers=POST | {"accept": JSON})
        assert (modern.status_code, classic.status_code) == (status, plain)
        assert [errors_of(modern), modern.headers["content-type"]] == [
            errors_of(classic),
            f"{GRAPHQL_RESPONSE}; charset=utf-8",
        ]


def errors_of(response: httpx.Response) -> list[Any]:
    """Return the codes of all errors."""
    bodies = response.json() if isinstance(response.json(), list) else [response.json()]
    return [error["extensions"]["code"] for body in bodies for error in body.get("errors", [])]
