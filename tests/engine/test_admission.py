"""Admission of operations: public fields, fields for viewers, and a hidden schema."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import Toy, toy_on, wide

LARGE = library("large").organization


@pytest.mark.parametrize(
    "query",
    [
        "{ greeting }",
        "{ hello: greeting }",
        "{ __typename }",
        "{ __schema { queryType { name } } }",
        "{ ...F } fragment F on Query { greeting ... on Query { hello: greeting } }",
        "query A { greeting } ",
    ],
)
async def test_public_fields_need_no_viewer(toy: Toy, query: str) -> None:
    await toy.fetch(query, None)
    assert toy.statements == []


@pytest.mark.parametrize(
    "query",
    [
        "{ books { totalCount } }",
        "{ greeting: books { totalCount } }",
        "{ greeting books { totalCount } }",
        "{ ... { books { totalCount } } }",
        "{ ... on Query { ... on Query { books { totalCount } } } }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { books { totalCount } }",
        "{ greeting books @include(if: false) { totalCount } }",
        '{ node(id: "00000000-0000-0000-0000-000000000000") { id } }',
        "{ nodes(ids: []) { id } }",
        '{ ask(name: "anything") }',
        'mutation { run(name: "anything") { book { id } } }',
        'mutation { ...F } fragment F on Mutation { greeting: run(name: "anything") { book { id } } }',
    ],
)
async def test_all_other_fields_need_a_viewer(toy: Toy, query: str) -> None:
    response = await toy.respond(query, None)
    assert response.codes == ["UNAUTHENTICATED"]
    assert not response.executed
    assert toy.statements == []


async def test_other_operations_of_the_document_do_not_count(toy: Toy) -> None:
    response = await toy.respond("query A { greeting } query B { books { totalCount } }", None)
    assert response.codes == ["OPERATION_RESOLUTION_FAILURE"]


@pytest.fixture(scope="module")
async def secretive(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Run the API with a hidden schema."""
    async with toy_on(api, libraries.database.app, options=wide(introspection=False)) as toy:
        yield toy


@pytest.mark.parametrize(
    "query",
    ["{ __schema { queryType { name } } }", '{ __type(name: "Book") { name } }', "{ a: __schema { types { name } } }"],
)
async def test_a_hidden_schema_is_not_introspected(secretive: Toy, query: str) -> None:
    for viewer in (None, LARGE):
        assert set((await secretive.respond(query, viewer)).codes) == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("query", "secret"),
    [
        ("{ bookz { totalCount } }", "books"),
        ("{ books { totalCounts } }", "totalCount"),
        ("{ books(firs: 1) { totalCount } }", "first"),
        ("{ books(filter: {titel: {}}) { totalCount } }", "title"),
        ("{ books { nodes { ... on Boook { id } } } }", "Book"),
        ("{ books(orderBy: [{title: {direction: ASCC}}]) { totalCount } }", "DESC"),
        ("query ($f: BookFilte) { books(filter: $f) { totalCount } }", "BookFilter"),
    ],
)
async def test_a_hidden_schema_suggests_nothing(toy: Toy, secretive: Toy, query: str, secret: str) -> None:
    assert (await secretive.respond(query, LARGE)).codes == ["GRAPHQL_VALIDATION_FAILED"]
    for error in (await secretive.respond(query, LARGE)).body["errors"]:
        assert "Did you mean" not in error["message"]
        assert f"'{secret}'" not in error["message"]


async def test_a_hidden_schema_suggests_nothing_for_variables(toy: Toy, secretive: Toy) -> None:
    query = "query ($filter: BookFilter) { books(filter: $filter) { totalCount } }"
    for filter in ({"titel": {"eq": "A"}}, {"genre": {"eq": "NOVELS"}}):
        assert "Did you mean" in str((await toy.respond(query, LARGE, filter=filter)).body)
        assert "Did you mean" not in str((await secretive.respond(query, LARGE, filter=filter)).body)
