"""Concurrent operations on an empty pool and on a pool of one: every answer is right."""

import asyncio
from typing import Any

import pytest

from graphql_app.database.pool import PoolOptions
from graphql_app.execution.request import GraphQLRequest
from graphql_app.types.schema import Api
from tests.engine.backend_activity import all_returned
from tests.engine.datasets import Libraries
from tests.engine.toy_api import Toy, toy_on, viewer_of, wide
from tests.support.execution_modes import by_mode

BOOK = "{ title author { name } shelf { label } }"
QUERIES = (
    "{ books(first: 2) { totalCount nodes { title } } }",
    "{ a: shelves { totalCount } b: authors { totalCount } c: tags { totalCount } d: notes { totalCount } }",
    f"{{ books(first: 3, orderBy: [{{pages: {{}}}}]) {{ nodes {BOOK} pageInfo {{ endCursor hasNextPage }} }} }}",
    "{ shelves { nodes { books(first: 1) { nodes { tags(first: 1) { nodes { word } } } } } } }",
    "{ books(filter: {tags: {some: {word: {eq: \"word 00\"}}}}, last: 1) { nodes { id } } greeting }",
    "{ books(first: -1) { totalCount } }",
)  # fmt: skip
LIBRARIES = ("large", "small", "single", "empty", "other")
COLD, ONE = PoolOptions(size=10, timeout=60), PoolOptions(size=1, timeout=60)


async def answers(toy: Toy, libraries: Libraries, number: int) -> list[Any]:
    """Return the answers to a mix of queries by viewers of all libraries, sent concurrently."""

    async def one(index: int) -> Any:
        query, name = QUERIES[index % len(QUERIES)], LIBRARIES[index % len(LIBRARIES)]
        response = await toy.executor.execute(GraphQLRequest(query), viewer=viewer_of(libraries.id(name)))
        return response.body

    return await asyncio.gather(*(one(index) for index in range(number)))


@pytest.mark.parametrize("pool", [COLD, ONE], ids=["cold", "of one connection"])
async def test_hundreds_of_queries_on_a_pool(api: Api, toy: Toy, libraries: Libraries, pool: PoolOptions) -> None:
    different = len(QUERIES) * len(LIBRARIES)
    right = await answers(toy, libraries, different)
    async with toy_on(api, libraries.database.app, pool, wide(timeout=100)) as crowded:
        for index, answer in enumerate(await answers(crowded, libraries, by_mode(planned=1000, resolved=300))):
            assert answer == right[index % different]
        await all_returned(crowded.connections)
        assert crowded.connections.status() == {"size": pool.size, "borrowed": 0, "idle": pool.size, "waiting": 0}


async def test_all_fields_of_an_operation_share_one_connection(api: Api, toy: Toy, libraries: Libraries) -> None:
    fields = [f"f{number}: books(first: {number}) {{ nodes {BOOK} totalCount }}" for number in range(30)]
    query = f"{{ {' '.join(fields)} }}"
    right = await toy.fetch(query, libraries.id("large"))
    async with toy_on(api, libraries.database.app, PoolOptions(size=10)) as cold:
        assert await cold.fetch(query, libraries.id("large")) == right
        await all_returned(cold.connections)
        assert cold.connections.status()["idle"] == 1


async def test_connections_of_the_pool_are_used_concurrently(api: Api, libraries: Libraries) -> None:
    async with toy_on(api, libraries.database.app, PoolOptions(size=3)) as toy:
        meeting = asyncio.Barrier(3)

        async def meet(context: Any) -> str:
            async def work(session: Any) -> str:
                async with asyncio.timeout(10):
                    await meeting.wait()
                return "met"

            return str(await context.session.read(work))

        toy.script.questions["meet"] = meet
        sent = [toy.fetch('{ ask(name: "meet") }', libraries.id(name)) for name in ("large", "small", "large")]
        assert await asyncio.gather(*sent) == [{"ask": "met"}] * 3
