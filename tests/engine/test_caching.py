"""Time for which a client may reuse the response to a GET request: the least that the root fields declare."""

import pytest

from graphql_app.execution.request import GraphQLRequest
from tests.engine.datasets import library
from tests.engine.toy_api import Toy, viewer_of

OWNER = viewer_of(library("large").organization)


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("{ greeting }", 60),
        ("{ a: greeting b: greeting }", 60),
        ("{ ...F } fragment F on Query { greeting }", 60),
        ("{ greeting books { totalCount } }", 0),
        ("{ greeting __typename }", 0),
        ("{ __schema { queryType { name } } }", 0),
    ],
)
async def test_every_root_field_must_allow_it(toy: Toy, query: str, seconds: int) -> None:
    response = await toy.executor.execute(GraphQLRequest(query), viewer=OWNER, read_only=True)
    assert response.max_age == seconds
    posted = await toy.executor.execute(GraphQLRequest(query), viewer=OWNER)
    assert posted.max_age == 0
