"""Pacing: large operations share the event loop, in counted work and passes."""

import asyncio
from typing import Any

import orjson
import pytest

from graphql_app.errors import ResponseTooLarge
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.encoding import PiecewiseEncoder, encode, encoding_work
from graphql_app.execution.options import ExecutorOptions
from graphql_app.pacing import Pacer
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import toy_on, wide
from tests.support.databases import TestDatabase

LARGE = library("large").organization
PASS = 15
NOVEL = str(library("large").rows["books"][0]["id"])
QUERIES = {
    "a page": "{ books(first: 90) { nodes { id title author { name } shelf { label organization { name } } } } }",
    "pages per row": """{ shelves(first: 90) { nodes { label books(first: 20) {
        edges { cursor node { title author { books(first: 3) { nodes { title } } } } }
        pageInfo { hasNextPage } } } } }""",
    "aliases": """{ books(first: 90) { a: nodes { title } b: nodes { author { name } } }
        x: books(first: 90) { nodes { isLong parent { title } } } }""",
    "groups and figures": """{ shelves(first: 90) { nodes { books {
        groups(by: [{field: GENRE}]) { key { genre } count } aggregates { count sum { pages } } } } } }""",
    "a union": "{ notes(first: 90) { nodes { subject { ... on Book { title } ... on Shelf { label } } } } }",
    "a field without a plan": "{ greeting books(first: 90) { nodes { title volumes(first: 3) { nodes { title } } } } }",
}


async def test_work_is_accepted_up_to_the_budget_of_a_pass() -> None:
    pacer = Pacer(10)
    assert [pacer.take(objects) for objects in (4, 4, 4, 2, 1)] == [True, True, False, True, False]
    await asyncio.sleep(0)
    assert pacer.passes == 1
    assert [pacer.take(10), pacer.take(1)] == [True, False]


async def test_more_work_than_the_budget_takes_all_of_it() -> None:
    pacer = Pacer(10)
    assert [pacer.take(1_000), pacer.take(1)] == [True, False]
    await asyncio.sleep(0)
    assert pacer.take(1)
    assert not pacer.take(1_000)


async def test_waiting_work_runs_in_fifo_order() -> None:
    pacer, order = Pacer(10), list[int]()

    async def work(number: int, objects: int) -> None:
        await pacer.turn(objects)
        order.append(number)

    await asyncio.gather(*(work(number, objects) for number, objects in enumerate([6, 6, 6, 4, 4, 1])))
    assert order == [0, 1, 2, 3, 4, 5]
    assert 3 <= pacer.passes <= 4


async def test_work_that_is_cancelled_while_waiting_takes_no_budget() -> None:
    pacer = Pacer(10)
    pacer.take(10)
    cancelled, waiting = pacer.queue(10), pacer.queue(10)
    cancelled.cancel()
    await asyncio.sleep(0)
    assert waiting.done()
    assert pacer.passes == 1


async def test_items_come_in_slices_of_the_budget() -> None:
    pacer = Pacer(10)
    slices = [part async for part in pacer.slices(range(20), 3)]
    assert slices == [(0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11), (12, 13, 14), (15, 16, 17), (18, 19)]
    assert pacer.passes == 6
    assert [part async for part in pacer.slices(range(2), 100)] == [(0,), (1,)]


BODIES: list[Any] = [
    {},
    {"data": None},
    {"data": {"list": []}},
    {"data": {"list": [{"n": n} for n in range(100)]}},
    {"data": {"list": [{"inner": [{"n": n} for n in range(size)]} for size in (0, 1, 50, 3, 200)]}},
    {"data": {f"k{n}": {"n": [n], "none": {}} for n in range(100)}, "errors": [{"message": "é\ud800"}]},
    {"data": {"texts": ["x" * 100_000, None, "y"], "numbers": [*range(1_000)], "large": 2**70}},
    {"data": [[[[{"n": n}] for n in range(30)] for _ in range(3)]]},
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_piecewise_encoding_yields_the_same_bytes(body: Any) -> None:
    pacer = Pacer(10)
    assert await PiecewiseEncoder(pacer, 1_000_000).encode(body) == encode(body)


async def test_pieces_are_encoded_in_passes_of_the_budget() -> None:
    pacer = Pacer(10)
    await PiecewiseEncoder(pacer, 1_000_000).encode([{"n": n} for n in range(100)])
    assert pacer.passes >= 10


async def test_encoding_stops_at_the_limit_of_bytes() -> None:
    pacer = Pacer(10)
    body = [{"text": "x" * 100} for _ in range(1_000)]
    assert len(await PiecewiseEncoder(pacer, len(encode(body))).encode(body)) == len(encode(body))
    passes = pacer.passes
    with pytest.raises(ResponseTooLarge):
        await PiecewiseEncoder(pacer, 2_000).encode(body)
    assert pacer.passes - passes < 10


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_a_large_operation_yields_the_same_bytes_with_the_same_statements(
    api: Api, libraries: Libraries, query: str
) -> None:
    found = []
    for objects in (1_000_000, PASS):
        options = wide(costs=CostLimits(cost=1_000_000), objects_per_pass=objects)
        async with toy_on(api, libraries.database.app, options=options) as toy:
            response = await toy.respond(query, LARGE)
            found.append((response.encoded, sorted(toy.statements)))
            passes = toy.executor._pacer.passes
    assert found[0] == found[1]
    # what a row refers to is built once and encoded each time
    assert passes >= encoding_work(response.body, 1_000_000) // PASS > 3
    assert response.encoded == orjson.dumps(response.body)


@pytest.mark.parametrize("objects", [1_000_000, PASS])
async def test_a_response_at_the_byte_limit_is_sent_and_one_above_rejected(
    api: Api, libraries: Libraries, objects: int
) -> None:
    query = "{ books(first: 90) { nodes { id title } } }"
    async with toy_on(api, libraries.database.app) as toy:
        expected = (await toy.respond(query, LARGE)).encoded
    assert expected is not None
    for limit, codes in ((len(expected), []), (len(expected) - 1, ["RESPONSE_TOO_LARGE"])):
        options = wide(costs=CostLimits(response_bytes=limit), objects_per_pass=objects)
        async with toy_on(api, libraries.database.app, options=options) as toy:
            response = await toy.respond(query, LARGE)
        assert response.codes == codes
        assert response.executed
        assert codes == [] or response.body["data"] is None


async def test_a_small_operation_does_not_wait(api: Api, libraries: Libraries) -> None:
    async with toy_on(api, libraries.database.app) as toy:
        query = "{ books(first: 20) { nodes { title author { name } } } }"
        await toy.fetch(query, LARGE)
        compiled = toy.executor._pacer.passes
        await toy.fetch(query, LARGE)
        assert toy.executor._pacer.passes == compiled


@pytest.mark.parametrize("more", ["", " greeting"], ids=["planned", "by graphql-core"])
async def test_each_plan_and_statement_is_compiled_in_a_pass_of_its_own(
    built: Api, libraries: Libraries, more: str
) -> None:
    lists = [f"a{n}: books(first: 1) {{ nodes {{ b{n}: title }} }}" for n in range(20)]
    options = ExecutorOptions(plan=True)
    async with toy_on(built, libraries.database.app, options=options) as toy:
        await toy.fetch(f"{{ {' '.join(lists)}{more} }}", LARGE)
        assert toy.executor._pacer.passes >= 2 * len(lists)


async def test_a_mutation_with_a_too_long_response_names_the_saved_fields(api: Api, own_database: TestDatabase) -> None:
    rename = f'changeBook(input: {{ id: "{NOVEL}", pages: 77 }}) {{ book {{ id pages }} }}'
    options = wide(costs=CostLimits(response_bytes=40))
    async with toy_on(api, own_database.app, options=options) as toy:
        error = await toy.refuse(f"mutation {{ a: {rename} b: {rename} }}", LARGE)
        assert error == {"code": "RESPONSE_TOO_LARGE", "limit": 40, "committed": ["a", "b"], "unknown": []}
    async with toy_on(api, own_database.app) as toy:
        assert await toy.fetch(f'{{ book(id: "{NOVEL}") {{ pages }} }}', LARGE) == {"book": {"pages": 77}}
