"""Limits of kinds: values that Python or JSON cannot hold are shown nearest, and no list breaks on them.

Values that a column cannot hold are refused at their field, before any statement.
"""

import json
from base64 import b64decode, b64encode
from decimal import Decimal
from typing import Any

import orjson
import pytest
from asyncpg import PostgresError

from graphql_app.database.constraints import rule_error_of
from graphql_app.database.errors import as_of_session
from graphql_app.errors import Invalid, ValueLimit
from graphql_app.limits import Limits
from graphql_app.models.base import new_id
from graphql_app.mutations.payloads import Outcome, outcome_from, reference_of
from tests.domains.kinds.conftest import Samples
from tests.domains.kinds.models import METADATA
from tests.domains.kinds.test_kinds import CHANGE, PAGE, listed, nodes, sql_type, walk

FIRST, LAST = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"
MOST = 1.7976931348623157e308
DISTANT: dict[str, list[tuple[str, Any]]] = {
    "moment": [
        ("-infinity", FIRST),
        ("4713-01-01 00:00:00+00 BC", FIRST),
        ("0001-12-31 23:59:59.999999+00 BC", FIRST),
        ("10000-01-01 00:00:00+00", LAST),
        ("294276-12-31 23:59:59.999999+00", LAST),
        ("infinity", LAST),
    ],
    "local": [("-infinity", FIRST[:-1]), ("0002-01-01 BC", FIRST[:-1]), ("infinity", LAST[:-1])],
    "day": [
        ("-infinity", "0001-01-01"),
        ("4713-01-01 BC", "0001-01-01"),
        ("10000-01-01", "9999-12-31"),
        ("infinity", "9999-12-31"),
    ],
    "hour": [("23:59:59.999999", "23:59:59.999999"), ("24:00", "23:59:59.999999")],
    "lasting": [
        ("-178000000 years", "P-178000000Y"),
        ("178956970 years 7 months 2147483647 days", "P178956970Y7M2147483647D"),
    ],
    "ratio": [("-Infinity", -MOST), ("1.5", 1.5), ("Infinity", MOST), ("NaN", MOST)],
    "exact": [("-Infinity", "-Infinity"), ("1e500", "1" + "0" * 500), ("Infinity", "Infinity"), ("NaN", "NaN")],
    "amount": [("NaN", "NaN")],
    "days": [('{"infinity",2026-01-01}', ["9999-12-31", "2026-01-01"])],
    "texts": [("{a,NULL,b}", ["a", "b"])],
    "stay": [("[-infinity,2026-01-01)", "[0001-01-01,2026-01-01)")],
    "doc": [('{"n": 123456789012345678901234567890, "m": 1e400}', {"n": 1.2345678901234568e29, "m": MOST})],
}
"""Texts that SQL writes, from the smallest value on, and the values that the API shows."""


async def insert(samples: Samples, column: str) -> list[str]:
    """Return the ids of new samples with the distant values of a column."""
    kind = await sql_type(samples, column)
    ids = []
    for text, _ in DISTANT[column]:
        ids.append(new_id())
        sql = f"INSERT INTO samples (organization_id, id, {column}) VALUES ($1, $2, $3::text::{kind})"
        await samples.admin.execute(sql, samples.collection, ids[-1], text)
    return [str(id) for id in ids]


@pytest.mark.parametrize("column", DISTANT)
async def test_a_value_that_cannot_be_shown_is_the_nearest_one(own_samples: Samples, column: str) -> None:
    ids = await insert(own_samples, column)
    found = {node["id"]: node[column] for node in await nodes(own_samples, column)}
    assert [found[id] for id in ids] == [shown for _, shown in DISTANT[column]]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("column", [name for name in DISTANT if name != "doc"])
async def test_pages_go_through_such_values_in_their_exact_order(
    own_samples: Samples, column: str, direction: str
) -> None:
    ids = await insert(own_samples, column)
    expected = ids if direction == "ASC" else ids[::-1]
    order = [{column: {"direction": direction}}]
    assert await walk(own_samples, order, "first", "after", "endCursor", "hasNextPage") == expected
    assert await walk(own_samples, order, "last", "before", "startCursor", "hasPreviousPage") == expected


@pytest.mark.parametrize("column", ["moment", "local", "day"])
async def test_extremes_and_periods_of_such_values_are_shown(own_samples: Samples, column: str) -> None:
    await insert(own_samples, column)
    query = f"""{{ samples {{
      aggregates {{ min {{ {column} }} max {{ {column} }} }}
      groups(by: [{{time: {{field: {column.upper()}, every: MONTH}}}}]) {{ count key {{ {column} }} }}
    }} }}"""
    found = (await own_samples.fetch(query))["samples"]
    shown = [value for _, value in DISTANT[column]]
    assert found["aggregates"] == {"min": {column: shown[0]}, "max": {column: shown[-1]}}
    assert sum(each["count"] for each in found["groups"]) == len(shown)


@pytest.mark.parametrize("column", ["hour", "lasting", "ratio", "exact"])
async def test_extremes_and_groups_of_such_numbers_are_shown(own_samples: Samples, column: str) -> None:
    await insert(own_samples, column)
    query = f"""{{ samples {{
      aggregates {{ min {{ {column} }} max {{ {column} }} }}
      groups(by: [{{field: {column.upper()}}}]) {{ key {{ {column} }} }}
    }} }}"""
    found = (await own_samples.fetch(query))["samples"]
    shown = [value for _, value in DISTANT[column]]
    assert found["aggregates"] == {"min": {column: shown[0]}, "max": {column: shown[-1]}}
    assert sorted(map(str, (each["key"][column] for each in found["groups"]))) == sorted(map(str, shown))


async def test_a_row_with_such_values_can_be_changed_without_a_change_of_them(own_samples: Samples) -> None:
    (first, *_) = await insert(own_samples, "moment")
    payload = (await own_samples.fetch(CHANGE, input={"id": first, "words": "x"}))["changeSample"]
    assert (payload["errors"], payload["sample"]["moment"]) == ([], FIRST)
    assert await own_samples.column("SELECT moment = '-infinity' FROM {samples} WHERE id = $1", first) == [True]


ADD_PARTLY = """mutation ($rows: [AddSampleInput!]!) {
  addSamples(inputs: $rows, errorPolicy: REJECT_FAILED_ROWS) { results { errors { message } } }
}"""
REFUSED: list[tuple[str, Any, str]] = [
    ("small", 32768, "Must be a whole number from -32,768 to 32,767."),
    ("amount", "1000000", "Must be a number with up to 6 digits and 2 decimal places."),
    ("amount", "0.125", "Must be a number with up to 6 digits and 2 decimal places."),
    ("code", "abcd", "Must be at most 3 characters."),
    ("fixed", "abcde", "Must be at most 4 characters."),
    ("smalls", [1, 40_000], "Must be a whole number from -32,768 to 32,767."),
    ("line", "a\nb", "Must be one line, without control characters."),
    ("line", "a\u0085b", "Must be one line, without control characters."),
    ("line", "a\u2028b", "Must be one line, without control characters."),
    ("line", "a\tb", "Must be one line, without control characters."),
    ("line", "\u200b\u200d\ufeff", "Must be 1-20 characters and not blank."),
    ("line", "\u3164\u2800", "Must be 1-20 characters and not blank."),
    ("line", " \u00a0\u2003", "Must be 1-20 characters and not blank."),
]


@pytest.mark.parametrize(("column", "value", "message"), REFUSED)
async def test_a_value_that_the_column_cannot_hold_is_refused_at_its_field(
    own_samples: Samples, column: str, value: Any, message: str
) -> None:
    query = (
        "mutation ($input: AddSampleInput!) { addSample(input: $input) { sample { id } errors { code message path } } }"
    )
    payload = (await own_samples.fetch(query, input={column: value}))["addSample"]
    assert payload == {"sample": None, "errors": [{"code": "INVALID", "message": message, "path": [column]}]}
    assert not [each for each in own_samples.toy.statements if "INSERT" in each]


LIMITS: list[tuple[str, Any, dict[str, Any] | None]] = [
    ("small", 32768, {"minimum": "-32768", "maximum": "32767"}),
    ("smalls", [1, 40_000], {"minimum": "-32768", "maximum": "32767"}),
    ("amount", "0.125", {"minimum": "-999999.99", "maximum": "999999.99", "multipleOf": "0.01"}),
    ("shifted", "1e20", None),
    ("code", "abcd", {"maxLength": 3}),
    ("fixed", "abcde", {"maxLength": 4}),
    ("line", "", {"minLength": 1, "maxLength": 20}),
    ("line", "a\nb", None),
]
LIMIT = """limit { minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength
  minItems maxItems pattern }"""


@pytest.mark.parametrize(("column", "value", "expected"), LIMITS)
async def test_the_limit_of_a_refused_value_is_data(
    own_samples: Samples, column: str, value: Any, expected: dict[str, Any] | None
) -> None:
    errors = f"errors {{ path ... on ValidationError {{ {LIMIT} }} }}"
    query = f"mutation ($input: AddSampleInput!) {{ addSample(input: $input) {{ {errors} }} }}"
    (error,) = (await own_samples.fetch(query, input={column: value}))["addSample"]["errors"]
    if error["limit"] is not None:
        error["limit"] = {name: bound for name, bound in error["limit"].items() if bound is not None}
    assert error == {"path": [] if column == "shifted" else [column], "limit": expected}


async def test_the_limit_of_a_violated_constraint_is_data(own_samples: Samples) -> None:
    sql = f"INSERT INTO samples (organization_id, id, line) VALUES ('{own_samples.collection}', '{new_id()}', '')"
    with pytest.raises(PostgresError) as refused:
        await own_samples.admin.execute(sql)
    violated = rule_error_of(as_of_session(refused.value, sql), METADATA.tables)
    assert isinstance(violated, Invalid)
    assert (violated.path, violated.limit) == (("line",), ValueLimit(min_length=1, max_length=20))


@pytest.mark.parametrize(
    "limit", [ValueLimit(minimum=1, multiple_of=Decimal("0.01")), ValueLimit(max_items=3), ValueLimit(pattern="^1$")]
)
def test_the_limit_is_kept_with_an_idempotency_key(limit: ValueLimit) -> None:
    stored = json.loads(json.dumps(reference_of(Outcome(errors=[Invalid("Wrong.", limit=limit)]))))
    (error,) = outcome_from(stored, ()).errors
    assert isinstance(error, Invalid)
    assert error.limit == limit


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [
        ("first: 1001", {"minimum": 0, "maximum": 1000}),
        (f"orderBy: [{'{small: {}} ' * (Limits().order_keys + 1)}]", {"maxItems": Limits().order_keys}),
    ],
)
async def test_the_limit_of_an_argument_is_data(samples: Samples, arguments: str, limit: dict[str, Any]) -> None:
    response = await samples.toy.respond(f"{{ samples({arguments}) {{ totalCount }} }}", samples.collection)
    (error,) = response.body["errors"]
    assert error["extensions"]["valueLimit"] == limit


async def test_a_text_in_one_line_is_trimmed(own_samples: Samples) -> None:
    (id,) = await own_samples.add({"line": " \u200b\u00a0a b\u3000\n"})
    assert await own_samples.column("SELECT line FROM {samples} WHERE id = $1", id) == ["a b"]


async def test_a_refusal_of_postgresql_is_a_user_error(own_samples: Samples) -> None:
    """Such as of a generated column whose expression exceeds its type."""
    alter = "ALTER TABLE samples DROP COLUMN halved, ADD COLUMN halved integer GENERATED ALWAYS AS (whole * 2) STORED"
    await own_samples.admin.execute(alter)
    query = (
        "mutation ($input: AddSampleInput!) { addSample(input: $input) { sample { id } errors { code message path } } }"
    )
    payload = (await own_samples.fetch(query, input={"whole": 2**31 - 1}))["addSample"]
    error = {"code": "INVALID", "message": "A number is out of range.", "path": []}
    assert payload == {"sample": None, "errors": [error]}
    rows = [{"whole": 1}, {"whole": 2**31 - 1}, {"whole": 3}]
    results = (await own_samples.fetch(ADD_PARTLY, rows=rows))["addSamples"]["results"]
    assert [len(each["errors"]) for each in results] == [0, 1, 0]
    assert await own_samples.column("SELECT whole FROM {samples} ORDER BY 1") == [1, 3]


@pytest.mark.parametrize(
    ("filter", "finds"),
    [
        ({"small": {"lte": 40_000}}, True),
        ({"small": {"gt": 40_000}}, False),
        ({"small": {"eq": 40_000}}, False),
        ({"small": {"neq": -40_000}}, True),
        ({"small": {"in": [40_000, 7]}}, True),
        ({"small": {"nin": [40_000]}}, True),
        ({"amount": {"lt": "0.105"}}, True),
        ({"amount": {"gt": "0.095", "lt": "0.105"}}, True),
        ({"amount": {"eq": "0.104"}}, False),
        ({"amount": {"lt": "1e30"}}, True),
        ({"code": {"lt": "zzzzzzz"}}, True),
        ({"fixed": {"eq": "abcdefg"}}, False),
        ({"smalls": {"has": 40_000}}, False),
        ({"smalls": {"hasAny": [40_000, 1]}}, True),
        ({"exact": {"eq": "0.125"}}, True),
    ],
)
async def test_a_comparison_with_a_value_out_of_range_compares(own_samples: Samples, filter: Any, finds: bool) -> None:
    given = {"small": 7, "amount": "0.10", "code": "abc", "fixed": "abcd", "smalls": [1], "exact": "0.125"}
    (id,) = await own_samples.add(given)
    assert await listed(own_samples, filter) == ({id} if finds else set())


STRICT: dict[str, list[Any]] = {
    "moment": [
        *("2026-W01-1T00:00:00Z", "20260101T000000Z", "2026-01-01T00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00Z"),
        *(
            "2026-01-01T00:00:00.0000001Z",
            "9999-12-31T23:59:59.9999999Z",
            "2026-01-01T24:00:00Z",
            " 2026-01-01T00:00:00Z",
        ),
        *(
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00,5Z",
            "\uff12026-01-01T00:00:00Z",
            "2026-01-01T00:00:00+01:00:30",
        ),
    ],
    "local": ["2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01 00:00:00"],
    "day": ["2026-1-1", "20260101", "2026-W01-1", "2026-02-30", "2026-01-01T00:00:00"],
    "hour": ["24:00:00", "12:00", "12:00:00Z", "12:00:60", "120000", "12:00:00.0000001"],
    "lasting": ["P", "PT", "1D", "P1.5D", "PT1M1H", "P1D ", "PT0.0000001S", "P99999999999999999999D", 5],
    "exact": ["1_000", " 1 ", "+1", ".5", "1.", "٣", "0x1", "01", "1e", "NaN", 1.5],
    "big": ["+1", "01", "1.0", "1e3", " 1", "9223372036854775808", "٣", 1.5],
    "data": ["AA=", "AA", "AB==", "A A=", "_-8=", 1],
    "span": ["1,2", "[2,1]", "[1.5,2)", "[a,b)", "[1,2", "[1,99999999999)"],
}


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in STRICT.items() for value in values])
async def test_a_text_in_another_form_is_no_value(samples: Samples, column: str, value: Any) -> None:
    query = "query ($filter: SampleFilter) { samples(filter: $filter) { totalCount } }"
    response = await samples.toy.respond(query, samples.collection, filter={column: {"eq": value}})
    assert response.codes == ["BAD_USER_INPUT"]
    assert samples.toy.statements == []


@pytest.mark.parametrize(
    "id",
    [
        "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5dac96774bbcceb302099a8057",
        "01890a5-dac96-774b-bcce-b302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a805\uff17",
    ],
)
async def test_an_id_in_another_form_is_no_id(samples: Samples, id: str) -> None:
    query = "query ($id: ID!) { sample(id: $id) { id } }"
    assert (await samples.toy.respond(query, samples.collection, id=id)).codes == ["BAD_USER_INPUT"]
    query = "query ($filter: SampleFilter) { samples(filter: $filter) { totalCount } }"
    response = await samples.toy.respond(query, samples.collection, filter={"ref": {"in": [id]}})
    assert response.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("column", "given", "shown"),
    [
        ("moment", "2026-01-01t00:00:00.1234560z", "2026-01-01T00:00:00.123456Z"),
        ("moment", "2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00.000000Z"),
        ("moment", "2026-06-30T23:59:60Z", "2026-07-01T00:00:00.000000Z"),
        ("moment", "2026-01-01T01:00:00+14:00", "2025-12-31T11:00:00.000000Z"),
        ("exact", 7, "7"),
        ("exact", "1e3", "1000"),
        ("exact", "-0.50", "-0.50"),
        ("big", 7, "7"),
        ("lasting", "-P1DT2H", "P-1DT-2H"),
        ("lasting", "P2W", "P14D"),
        ("span", "(1,5]", "[2,6)"),
        ("fixed", "a ", "a"),
    ],
)
async def test_other_texts_of_a_value_are_accepted(own_samples: Samples, column: str, given: Any, shown: Any) -> None:
    await own_samples.add({column: given})
    assert [node[column] for node in await nodes(own_samples, column)] == [shown]


@pytest.mark.parametrize("levels", [100, 101, 300, 5000])
async def test_stored_json_that_is_nested_too_deeply_is_null_below_the_last_level(
    own_samples: Samples, levels: int
) -> None:
    text = '{"a]": 1, "b":' * (levels // 2) + "[" * (levels - levels // 2) + "]" * (levels - levels // 2)
    text += ', "c": [2]}' * (levels // 2)
    sql = "INSERT INTO samples (organization_id, id, doc) VALUES ($1, $2, $3::text::jsonb)"
    await own_samples.admin.execute(sql, own_samples.collection, new_id(), text)
    ((found,),) = [[each["doc"]] for each in await nodes(own_samples, "doc")]
    assert depth(found) == min(levels, 100)
    if levels < 5000:
        assert found == shallow(json.loads(text), 100)


def depth(value: Any) -> int:
    """Return the number of levels of a JSON value."""
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


def shallow(value: Any, levels: int) -> Any:
    """Return a JSON value with null below some levels."""
    if not isinstance(value, list | dict):
        return value
    if levels == 0:
        return None
    if isinstance(value, list):
        return [shallow(each, levels - 1) for each in value]
    return {name: shallow(each, levels - 1) for name, each in value.items()}


@pytest.mark.parametrize(
    ("values", "total", "average"),
    [
        ([MOST, MOST], MOST, MOST),
        ([-MOST, -MOST, -MOST], -MOST, -MOST),
        ([MOST, MOST, -MOST], MOST, MOST / 3),
        ([1e200, -1e200, 3.0], 3.0, 1.0),
        ([1e300, 1.0], 1e300, 5e299),
        ([MOST, 5e-324], MOST, MOST / 2),
        ([0.1, 0.2, 0.3], 0.1 + 0.2 + 0.3, (0.1 + 0.2 + 0.3) / 3),
        ([5e-324], 5e-324, 5e-324),
        ([1e200, -1e200, 0.75], 0.75, 0.25),
    ],
)
async def test_sums_of_floats_that_are_out_of_range_are_the_nearest_float(
    own_samples: Samples, values: list[float], total: float, average: float
) -> None:
    await own_samples.add(*({"ratio": each} for each in values), {})
    query = """{ samples { aggregates { sum { ratio } avg { ratio } }
      groups(by: [{field: YES}]) { aggregates { sum { ratio } avg { ratio } } } } }"""
    found = (await own_samples.fetch(query))["samples"]
    expected = {"sum": {"ratio": total}, "avg": {"ratio": pytest.approx(average, rel=1e-15, abs=0)}}
    assert found == {"aggregates": expected, "groups": [{"aggregates": expected}]}


async def test_json_that_is_nested_too_deeply_is_refused(samples: Samples) -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    query = "query ($filter: SampleFilter) { samples(filter: $filter) { totalCount } }"
    response = await samples.toy.respond(query, samples.collection, filter={"doc": {"contains": value}})
    assert response.codes == ["BAD_USER_INPUT"]


FORGED: dict[str, list[Any]] = {
    "moment": [
        0,
        252_455_615_999_999_999,
        2**63,
        -(2**63) - 1,
        9_223_371_331_200_000_000,
        1.5,
        [],
        "2026-01-01T00:00:00",
    ],
    "local": [0, "2026-01-01T00:00:00Z", True],
    "day": [0, 2**31, 2_145_031_949, "20"],
    "hour": [0, 86_400_000_001, "24:00:00"],
    "lasting": [[0, 0], [2**31, 0, 0], [0, 0, 2**63], [0, 0, True], "P1D"],
    "amount": ["Infinity", "0.125", 1],
    "ratio": ["x", 1.5],
    "big": [2**63, "1"],
    "code": ["abcd", "a\0"],
    "grade": ["h", 1],
    "smalls": [[40_000], ["1"], "x"],
    "span": [["[)", 1], ["x", 1, 2], [1, 2, 3, 4], ["[)", "1", 2]],
    "data": ["AA", 1],
    "secret": [1, ["x"]],
}


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in FORGED.items() for value in values])
async def test_a_forged_cursor_is_refused(samples: Samples, column: str, value: Any) -> None:
    order: Any = [{column: {}}]
    cursor = (await samples.fetch(PAGE, orderBy=order, first=1))["samples"]["pageInfo"]["endCursor"]
    content = orjson.loads(b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_"))
    content[2] = value
    forged = b64encode(json.dumps(content).encode(), altchars=b"-_").rstrip(b"=").decode()
    response = await samples.toy.respond(PAGE, samples.collection, orderBy=order, first=1, after=forged)
    assert response.codes == ["BAD_USER_INPUT"]
