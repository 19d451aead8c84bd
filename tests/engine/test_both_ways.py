"""Plans and resolvers give the same answer to every query, errors included."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_app.views.api import Api
from tests.engine.asking import WIDE, Toy, toy_on, viewer_of
from tests.engine.examples import examples
from tests.engine.libraries import Libraries
from tests.engine.selecting import Query, queries
from tests.engine.toy.root import build
from tests.engine.toy.views import OWNER, READER

SCHEMA = build().graphql_schema


@pytest.fixture(scope="module")
async def planned(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    async with toy_on(api, libraries.database.app, options=replace(WIDE, plan=True)) as toy:
        yield toy


@pytest.fixture(scope="module")
async def resolved(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    async with toy_on(api, libraries.database.app, options=replace(WIDE, plan=False)) as toy:
        yield toy


async def answer(toy: Toy, query: Query, libraries: Libraries, name: str, role: str) -> dict[str, Any]:
    response = await toy.respond(query.text, viewer_of(libraries.id(name), role), **query.variables)
    assert set(response.codes) <= {"BAD_USER_INPUT", "FORBIDDEN"}, response.body
    return response.body


def errors_by_path(body: dict[str, Any]) -> dict[str, Any]:
    return {str(error["path"]): error for error in body.get("errors", ())}


@examples(150)
@given(
    query=queries(SCHEMA),
    name=st.sampled_from(["large", "large", "small", "single", "empty"]),
    role=st.sampled_from([OWNER, OWNER, READER]),
)
async def test_to_any_query(
    planned: Toy, resolved: Toy, libraries: Libraries, query: Query, name: str, role: str
) -> None:
    one = await answer(planned, query, libraries, name, role)
    other = await answer(resolved, query, libraries, name, role)
    assert one["data"] == other["data"]
    # of several errors that leave the same place empty, graphql-core tells those that it met until then
    ours, theirs = errors_by_path(one), errors_by_path(other)
    assert bool(ours) == bool(theirs)
    for path in ours.keys() & theirs.keys():
        assert ours[path] == theirs[path]
