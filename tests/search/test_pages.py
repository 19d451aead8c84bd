"""Pages of a search: all of them together are the results, and cursors belong to their search."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.examples import examples
from tests.search.finding import all_of, find, identity, refused, walk
from tests.search.texts import Term, Texts, terms, written
from tests.support.api import Workline

BAD_CURSOR = {"code": "BAD_USER_INPUT", "argumentPath": ["after"]}


@examples(15)
@given(terms=terms(), size=st.sampled_from([1, 2, 7, 30]))
async def test_pages_of_any_size_are_all_results(
    searching: Workline, mine: Texts, terms: list[Term], size: int
) -> None:
    whole = await walk(searching, mine, written(terms), 100)
    if len(whole) <= 40 * size:
        assert await walk(searching, mine, written(terms), size) == whole


async def test_edges_have_the_cursors_of_their_results(search: Workline, mine: Texts) -> None:
    page = await find(search, mine, "bike", first=20)
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
    after = await find(search, mine, "bike", first=3, after=page["edges"][9]["cursor"])
    assert all_of(after) == all_of(page)[10:13]
    last = await find(search, mine, "bike", after=(await last_page_info(search, mine))["endCursor"])
    assert (last["nodes"], last["pageInfo"]["hasNextPage"]) == ([], False)
    assert last["pageInfo"]["endCursor"] is None
    assert last["pageInfo"]["hasPreviousPage"]


async def last_page_info(search: Workline, texts: Texts) -> Any:
    info = (await find(search, texts, "bike"))["pageInfo"]
    while info["hasNextPage"]:
        info = (await find(search, texts, "bike", after=info["endCursor"]))["pageInfo"]
    return info


async def test_the_page_info_of_an_empty_page_is_true(search: Workline, mine: Texts) -> None:
    page = await find(search, mine, "bike", first=0)
    assert page["nodes"] == page["edges"] == []
    assert page["pageInfo"]["hasNextPage"]
    assert page["totalCount"] > 0


async def test_a_page_has_a_default_size(search: Workline, mine: Texts) -> None:
    assert len((await find(search, mine, "bike", first=None))["nodes"]) == 25


@pytest.mark.parametrize("first", [-1, 101])
async def test_a_page_size_out_of_range_is_refused(search: Workline, mine: Texts, first: int) -> None:
    limit = {"minimum": 0, "maximum": 100}
    refusal = {"code": "BAD_USER_INPUT", "argumentPath": ["first"], "valueLimit": limit}
    assert await refused(search, mine, first=first) == refusal


async def test_rows_of_two_types_with_one_id_and_one_rank_are_both_found(own_workline: Workline) -> None:
    id, organization = uuid4(), (await own_workline.fetch("{ viewer { organization { id } user { id } } }"))["viewer"]
    values = id, organization["organization"]["id"], organization["user"]["id"]
    async with own_workline.database.as_system() as connection:
        await connection.execute(
            "INSERT INTO tasks (id, organization_id, creator_id, title, status, priority) "
            "VALUES ($1, $2, $3, 'Zebra', 'OPEN', 3)",
            *values,
        )
        await connection.execute(
            "INSERT INTO workers (id, organization_id, name, hourly_rate) VALUES ($1, $2, 'Zebra', 1)", *values[:2]
        )
    text = 'query ($after: String) { search(query: "zebra", first: 1, after: $after) { ...P } }'
    fragment = "fragment P on SearchConnection { nodes { __typename ... on Node { id } } pageInfo { endCursor } }"
    first = (await own_workline.fetch(text + fragment))["search"]
    second = (await own_workline.fetch(text + fragment, after=first["pageInfo"]["endCursor"]))["search"]
    found = [identity(node) for page in (first, second) for node in page["nodes"]]
    assert found == [("WORKER", str(id)), ("TASK", str(id))]


async def cursor(search: Workline, texts: Texts, words: str = "bike", **arguments: Any) -> str:
    made: str = (await find(search, texts, words, first=1, **arguments))["pageInfo"]["endCursor"]
    return made


async def test_a_cursor_of_another_search_is_refused(search: Workline, mine: Texts) -> None:
    made = await cursor(search, mine)
    assert await refused(search, mine, "bikes", after=made) == BAD_CURSOR
    assert await refused(search, mine, "bike", types=["TASK"], after=made) == BAD_CURSOR
    assert await refused(search, mine, "bike ", types=["TASK", "POST"], after=made) == BAD_CURSOR


async def test_equivalent_searches_have_equal_cursors(search: Workline, mine: Texts) -> None:
    made = await cursor(search, mine, "bike door")
    everything = ["WORKER", "TASK", "POST", "COMMENT", "TASK"]
    for words, types in (("bike  door ", None), ("bike door*", everything), ("bike. door", everything)):
        assert (await find(search, mine, words, types=types, after=made))["pageInfo"]["hasPreviousPage"]


async def test_a_cursor_of_a_list_is_refused(search: Workline, mine: Texts) -> None:
    data = await search.fetch("{ tasks(first: 1) { pageInfo { endCursor } } }", mine.viewer())
    assert await refused(search, mine, after=data["tasks"]["pageInfo"]["endCursor"]) == BAD_CURSOR


async def test_a_cursor_of_a_search_is_refused_by_a_list(search: Workline, mine: Texts) -> None:
    query = "query ($after: String) { tasks(after: $after) { totalCount } }"
    assert await search.refuse(query, mine.viewer(), after=await cursor(search, mine)) == BAD_CURSOR


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 2),
        (1, "another"),
        (2, 1),
        (2, "0.5"),
        (2, None),
        (2, True),
        (2, 1e999),
        (3, "no id"),
        (3, 5),
        (3, None),
        (3, ["x"]),
        (4, "USER"),
        (4, None),
        (4, ["TASK"]),
        (4, {}),
    ],
)
async def test_a_forged_cursor_is_refused(search: Workline, mine: Texts, place: int, value: Any) -> None:
    values = json.loads(base64.urlsafe_b64decode((made := await cursor(search, mine)) + "=" * (-len(made) % 4)))
    values[place] = value
    forged = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    assert await refused(search, mine, after=forged) == BAD_CURSOR


@pytest.mark.parametrize("text", ["", "x", "é", "W10", "bnVsbA", "e30", "=" * 9, "A" * 5000])
async def test_an_arbitrary_string_is_refused_as_a_cursor(search: Workline, mine: Texts, text: str) -> None:
    assert await refused(search, mine, after=text) == BAD_CURSOR


async def test_a_cursor_of_another_organization_is_an_ordinary_position(
    search: Workline, mine: Texts, theirs: Texts
) -> None:
    made = await cursor(search, theirs)
    found = all_of(await find(search, mine, "bike", after=made))
    assert set(found) <= mine.matching([Term(("bike",), beginning=True)])


async def test_a_query_has_a_maximum_length(search: Workline, mine: Texts) -> None:
    refusal = {"code": "BAD_USER_INPUT", "argumentPath": ["query"]}
    assert await refused(search, mine, "x" * 201) == {**refusal, "valueLimit": {"maxLength": 200}}
    assert await refused(search, mine, "x " * 41) == refusal
    assert await refused(search, mine, "x/" * 41) == refusal
    assert (await find(search, mine, "x" * 200))["totalCount"] == 0
    assert (await find(search, mine, "x " * 40))["totalCount"] == 0
