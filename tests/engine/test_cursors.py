"""Invalid cursors: refused with a clear message, whatever their content."""

import base64
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.datasets import Libraries
from tests.engine.examples import examples
from tests.engine.toy_api import Toy

KEYS = {
    "pages": 10,
    "publishedAt": "2026-03-01T12:00:00.123456+00:00",
    "price": "9.90",
    "genre": "novel",
    "lent": True,
    "placeInRow": 1,
    "title": "A",
}
"""Keys to order books by, with values as a cursor contains them; the last one is not nullable."""
NOTHING: dict[str, str] = {}
ORDER = [{name: NOTHING} for name in KEYS]
ID = "00000000-0000-0000-0000-000000000000"
QUERY = """query ($orderBy: [BookOrderBy!], $after: String, $before: String) {
    books(orderBy: $orderBy, first: 3, after: $after, before: $before) { edges { cursor } } }"""
NESTED = """query ($orderBy: [BookOrderBy!], $after: String, $before: String) { shelves { nodes {
    books(orderBy: $orderBy, first: 3, after: $after, before: $before) { totalCount } } } }"""


def written(values: Any) -> str:
    """Return JSON as a cursor."""
    raw = values if isinstance(values, bytes) else orjson.dumps(values)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(cursor: str) -> list[Any]:
    values: list[Any] = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return values


async def first_cursor(toy: Toy, libraries: Libraries, order: Any = ORDER) -> str:
    """Return the cursor of a page."""
    data = await toy.fetch(QUERY, libraries.id("large"), orderBy=order)
    cursor: str = data["books"]["edges"][0]["cursor"]
    return cursor


async def refuse(toy: Toy, libraries: Libraries, cursor: str, order: Any = ORDER) -> None:
    """Assert that the cursor is refused as ``after`` and as ``before``, without a statement."""
    for name in ("after", "before"):
        error = await toy.refuse(QUERY, libraries.id("large"), orderBy=order, **{name: cursor})
        assert error == {"code": "BAD_USER_INPUT", "argumentPath": [name]}
        assert toy.statements == []


async def test_a_cursor_with_other_values_is_accepted(toy: Toy, libraries: Libraries) -> None:
    mark = read(await first_cursor(toy, libraries))[:2]
    cursor = written([*mark, *KEYS.values(), ID])
    await toy.fetch(QUERY, libraries.id("large"), orderBy=ORDER, after=cursor, before=cursor)


@pytest.mark.parametrize("text", ["", " ", "=", "a", "%%%", "ä", "null", "W10", "W10=", "🙂", "-_-_", "a" * 10_001])
async def test_arbitrary_strings_are_refused(toy: Toy, libraries: Libraries, text: str) -> None:
    await refuse(toy, libraries, text)


@pytest.mark.parametrize(
    "values",
    [
        None,
        {},
        [],
        5,
        "text",
        [1],
        [1, "mark"],
        b"",
        b"\xff\xfe",
        b"[1,",
        b"[NaN]",
        b"[" * 100_000,
        b"[" * 500 + b"]" * 500,
        b'{"a":' * 100_000,
    ],
)
async def test_arbitrary_json_is_refused(toy: Toy, libraries: Libraries, values: Any) -> None:
    await refuse(toy, libraries, written(values))


BAD_VALUES: dict[str, list[Any]] = {
    "pages": ["10", 10.0, True, 2**31, -(2**31) - 1, 2**63, 1e400, [], {}, [10]],
    "publishedAt": [
        "2026-03-01T12:00:00",
        "2026-03-01",
        "infinity",
        "9999-12-31T23:59:59.999999-14:00",
        "0001-01-01T00:00:00+14:00",
        "noon",
        0,
        ["2026-03-01T12:00:00Z"],
    ],
    "price": [
        "sNaN",
        "Infinity",
        "-inf",
        "1e99",
        "1e-99",
        "1E+999999999",
        "9.901",
        "1" * 17,
        9.9,
        "",
        "ten",
    ],
    "genre": ["NOVEL", "", "novels", 0, ["NOVEL"], "__class__"],
    "lent": [0, 1, "true", [], "t"],
    "placeInRow": [2**15, -(2**15) - 1, "1"],
    "title": [None, 1, ["A"], {"a": 1}, "a\0b", b'"\\ud800"'],
    "id": [None, 1, "", "1", "zz", "00000000-0000-0000-0000-00000000000", ["a"]],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD_VALUES for value in BAD_VALUES[name]])
async def test_a_value_of_another_type_is_refused(toy: Toy, libraries: Libraries, name: str, value: Any) -> None:
    mark = read(await first_cursor(toy, libraries))[:2]
    values = {**KEYS, "id": ID, name: value}
    await refuse(toy, libraries, written(b"[" + b",".join(map(as_json, [*mark, *values.values()])) + b"]"))


def as_json(value: Any) -> bytes:
    """Return JSON, including values that orjson does not encode: bytes unchanged, and numbers of any size."""
    if isinstance(value, bytes):
        return value
    is_number = isinstance(value, (int, float))
    return json.dumps(value).replace("Infinity", "1e400").encode() if is_number else orjson.dumps(value)


async def test_a_cursor_of_another_list_order_or_version_is_refused(toy: Toy, libraries: Libraries) -> None:
    by_title: list[Any] = [{"title": {}}]
    others: list[Any] = [[], [{"title": {"direction": "DESC"}}], [{"summary": {}}], [{"title": {}}, {"pages": {}}]]
    cursor = await first_cursor(toy, libraries, by_title)
    for other in others:
        await refuse(toy, libraries, cursor, other)
    values = read(cursor)
    for changed in ([2, *values[1:]], [0, *values[1:]], ["1", *values[1:]], [*values, None], values[:-1]):
        await refuse(toy, libraries, written(changed), by_title)
    tags = await toy.fetch("{ tags { edges { cursor } } }", libraries.id("large"))
    await refuse(toy, libraries, tags["tags"]["edges"][0]["cursor"], [])


async def test_a_cursor_of_another_position_of_nulls_is_refused(toy: Toy, libraries: Libraries) -> None:
    cursor = await first_cursor(toy, libraries, [{"pages": {"nulls": "FIRST"}}])
    await refuse(toy, libraries, cursor, [{"pages": {"nulls": "LAST"}}])
    await toy.fetch(QUERY, libraries.id("large"), orderBy=[{"pages": {"nulls": "FIRST"}}], after=cursor)


async def test_truncated_cursors_are_refused(toy: Toy, libraries: Libraries) -> None:
    cursor = await first_cursor(toy, libraries)
    for length in range(1, len(cursor)):
        error = await toy.refuse(QUERY, libraries.id("large"), orderBy=ORDER, after=cursor[:length])
        assert error == {"code": "BAD_USER_INPUT", "argumentPath": ["after"]}


async def test_an_invalid_cursor_of_a_nested_list_is_refused(toy: Toy, libraries: Libraries) -> None:
    response = await toy.respond(NESTED, libraries.id("large"), after="nonsense")
    assert set(response.codes) == {"BAD_USER_INPUT"}
    assert all(error["extensions"]["argumentPath"] == ["after"] for error in response.body["errors"])


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3),
)


@examples(60)
@given(cursor=st.text() | st.binary().map(written) | st.binary().map(lambda raw: raw.decode("latin-1")))
async def test_random_strings_are_refused(planned_toy: Toy, libraries: Libraries, cursor: str) -> None:
    response = await planned_toy.respond(QUERY, libraries.id("large"), orderBy=ORDER, after=cursor)
    assert response.codes == ["BAD_USER_INPUT"]


@examples(50)
@given(data=st.data())
async def test_random_values_are_accepted_or_refused(
    planned_toy: Toy, libraries: Libraries, data: st.DataObject
) -> None:
    values = read(await first_cursor(planned_toy, libraries))
    index = data.draw(st.integers(2, len(values) - 1))
    values[index] = data.draw(anything)
    response = await planned_toy.respond(QUERY, libraries.id("large"), orderBy=ORDER, after=written(values))
    assert response.codes in ([], ["BAD_USER_INPUT"])
