"""Values that PostgreSQL computes are served like columns: read, filtered, sorted, paged, grouped and aggregated."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from graphql_app.models.base import new_id
from tests.domains.kinds import models as m
from tests.domains.kinds.conftest import ORGANIZATIONS, Samples
from tests.domains.kinds.test_kinds import CHANGE, in_sql, listed, nodes, walk
from tests.domains.kinds.values import sample
from tests.support.execution_modes import by_plans

SQL = {
    "total": "small::bigint + whole",
    "year": "extract(year FROM day)::int",
    "share": "amount * 0.125",
    "label": "coalesce(code || '/' || fixed, code, '?')",
    "isSmall": "coalesce(small < 1, false)",
    "nextDay": "day + 1",
    "later": "moment + interval '1 hour'",
    "firstText": "texts[1]",
    "best": "coalesce(grade, 'LOW')",
    "shade": "CASE WHEN yes IS NOT TRUE THEN color END",
    "part": "doc -> 'a'",
    "some": "coalesce(smalls, '{}')",
    "peers": "(SELECT count(*) FROM samples other WHERE other.organization_id = samples.organization_id "
    "AND other.mood = samples.mood)",
}
"""Expressions by the names of their fields."""
SHOWN: dict[str, Callable[[Any], Any]] = {
    "total": str,
    "share": str,
    "nextDay": lambda day: min(day, "9999-12-31") if len(day) == 10 else "9999-12-31",
    "shade": lambda color: m.Color(color).name,
}
"""Values in the API for those of plain SQL, where they differ."""
ORDERED = [name for name in SQL if name != "part"]
"""Values that PostgreSQL can sort."""
RANGES = ["total", "year", "share", "label", "nextDay", "later", "firstText", "peers"]
"""Values that are compared by their order."""


async def stored(samples: Samples, name: str) -> dict[str, Any]:
    """Return the values in the API by the ids of the samples, of plain SQL."""
    shown = SHOWN.get(name, lambda value: value)
    kind = "::text" if name in ("share", "total", "best", "shade", "later", "nextDay") else ""
    rows = await samples.rows(f"SELECT id, ({SQL[name]}){kind} FROM {{samples}}")
    return {str(id): None if value is None else shown(value) for id, value in rows}


@pytest.mark.parametrize("name", [name for name in SQL if name not in ("part", "later", "nextDay", "share")])
async def test_a_value_is_that_of_sql(samples: Samples, name: str) -> None:
    found = {node["id"]: node[name] for node in await nodes(samples, name)}
    assert found == await stored(samples, name)
    assert len({str(each) for each in found.values()}) > 1


async def test_a_result_may_exceed_the_limits_of_its_columns(samples: Samples) -> None:
    found = await nodes(samples, "share nextDay later part label")
    longest = next(node for node in found if node["label"] == "abc/äöüß")
    assert (longest["share"], longest["nextDay"]) == ("124999.99875", "9999-12-31")
    assert longest["later"] == "9999-12-31T23:59:59.999999Z"
    assert [node["part"] for node in found if node["part"]] == [{"b": [1, "x", None]}, {"b": 2}]


@pytest.mark.parametrize("name", RANGES)
async def test_each_comparator_finds_what_sql_finds(samples: Samples, name: str) -> None:
    shown = {value for value in (await stored(samples, name)).values() if value is not None}
    operators = {"eq": "=", "neq": "IS DISTINCT FROM", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
    for value in shown - {"9999-12-31"} - {each for each in shown if str(each).startswith("10000")}:  # out of range
        given = datetime.fromisoformat(value).isoformat() if name == "later" else value
        for operator, sql in operators.items():
            expected = await in_sql(samples, f"({SQL[name]}) {sql} {quoted(value)}")
            assert await listed(samples, {name: {operator: given}}) == expected, (operator, value)
    for is_null in (True, False):
        expected = await in_sql(samples, f"({SQL[name]}) IS {'' if is_null else 'NOT '}NULL")
        assert await listed(samples, {name: {"isNull": is_null}}) == expected


def quoted(value: Any) -> str:
    """Return a value as a literal of SQL."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


@pytest.mark.parametrize(
    ("filter", "condition"),
    [
        ({"isSmall": {"eq": True}}, SQL["isSmall"]),
        ({"best": {"in": ["LOW"]}}, f"{SQL['best']} = 'LOW'"),
        ({"shade": {"neq": "RED"}}, f"({SQL['shade']}) IS DISTINCT FROM 'red'"),
        ({"part": {"contains": {"b": 2}}}, """doc -> 'a' @> '{"b": 2}'"""),
        ({"some": {"has": 3}}, "3 = ANY (smalls)"),
        ({"some": {"isEmpty": True}}, "cardinality(coalesce(smalls, '{}')) = 0"),
        ({"label": {"contains": "/"}}, f"{SQL['label']} LIKE '%/%'"),
        ({"not": {"peers": {"gt": 0}}}, f"{SQL['peers']} <= 0"),
    ],
)
async def test_other_comparators_find_what_sql_finds(samples: Samples, filter: Any, condition: str) -> None:
    found = await listed(samples, filter)
    assert found == await in_sql(samples, condition)
    assert found


@pytest.mark.parametrize(("direction", "nulls"), [("ASC", "LAST"), ("DESC", "LAST"), ("ASC", "FIRST")])
@pytest.mark.parametrize("name", ORDERED)
async def test_pages_are_in_the_order_of_sql(samples: Samples, name: str, direction: str, nulls: str) -> None:
    by = f"({SQL[name]}) {direction} NULLS {nulls}, id {direction}"
    expected = [str(id) for id in await samples.column(f"SELECT id FROM {{samples}} ORDER BY {by}")]
    order = [{name: {"direction": direction, "nulls": nulls}}]
    assert await walk(samples, order, "first", "after", "endCursor", "hasNextPage") == expected
    assert await walk(samples, order, "last", "before", "startCursor", "hasPreviousPage") == expected


@pytest.mark.parametrize("name", [name for name in ORDERED if name not in ("nextDay", "later")])
async def test_groups_are_those_of_sql(samples: Samples, name: str) -> None:
    key = "".join(f"_{each}" if each.isupper() else each for each in name).upper()
    query = f"{{ samples {{ groups(by: [{{field: {key}}}]) {{ count key {{ {name} }} aggregates {{ count }} }} }} }}"
    groups = (await samples.fetch(query))["samples"]["groups"]
    counts = await samples.rows(f"SELECT count(*) FROM {{samples}} GROUP BY {SQL[name]}")
    assert sorted(each["count"] for each in groups) == sorted(row[0] for row in counts)
    assert {str(each["key"][name]) for each in groups} == set(map(str, (await stored(samples, name)).values()))


async def test_periods_and_aggregates_are_those_of_sql(samples: Samples) -> None:
    query = """{ samples {
      groups(by: [{time: {field: NEXT_DAY, every: MONTH}}]) { count }
      aggregates { sum { total share year peers } min { label later } max { nextDay } avg { peers } }
    } }"""
    found = (await samples.fetch(query))["samples"]
    counts = await samples.rows("SELECT count(*) FROM {samples} GROUP BY date_trunc('month', day + 1)")
    assert sorted(each["count"] for each in found["groups"]) == sorted(row[0] for row in counts)
    sums = ", ".join(f"sum({SQL[name]})" for name in ("total", "share", "year", "peers"))
    ((*expected, average),) = await samples.rows(f"SELECT {sums}, avg({SQL['peers']}) FROM {{samples}}")
    assert [Decimal(each) for each in found["aggregates"]["sum"].values()] == expected
    assert Decimal(found["aggregates"]["avg"]["peers"]) == average
    assert found["aggregates"]["max"] == {"nextDay": "9999-12-31"}
    assert found["aggregates"]["min"] == {"label": "/", "later": "0001-01-01T01:00:00.000000Z"}


NESTED = """query ($id: ID!) { sample(id: $id) { collection { size samples(
  filter: {collection: {size: {gt: 3}}, peers: {gte: 1}}
  orderBy: [{collection: {size: {}}}, {peers: {direction: DESC}}, {words: {}}] first: 1
) { nodes { words peers collection { size } } aggregates { max { peers } } } } } }"""


async def test_subqueries_read_the_rows_of_the_organization(own_samples: Samples) -> None:
    first, *_ = await own_samples.add(*({"words": each, "mood": "GLAD"} for each in "abc"), {"mood": "SAD"})
    sql = "INSERT INTO samples (organization_id, id, mood) VALUES ($1, $2, 'GLAD'), ($1, $3, 'GLAD')"
    await own_samples.admin.execute(sql, ORGANIZATIONS[1], new_id(), new_id())
    collection = {"size": 4}
    node = {"words": "a", "peers": 3, "collection": collection}
    samples = {"nodes": [node], "aggregates": {"max": {"peers": 3}}}
    found = await own_samples.fetch(NESTED, id=first)
    assert found["sample"]["collection"] == {**collection, "samples": samples}
    assert await listed(own_samples, {"peers": {"gt": 3}}) == set()


ALL = " ".join(SQL)
ADD = f"mutation ($input: AddSampleInput!) {{ addSample(input: $input) {{ sample {{ id version {ALL} }} }} }}"
READ = f"query ($id: ID!) {{ sample(id: $id) {{ id version {ALL} }} }}"


async def test_a_payload_has_the_values_after_the_write(own_samples: Samples) -> None:
    added = (await own_samples.fetch(ADD, input=sample(1)))["addSample"]["sample"]
    assert added == (await own_samples.fetch(READ, id=added["id"]))["sample"]
    assert (added["total"], added["peers"]) == ("0", 1)
    again = (await own_samples.fetch(ADD, input=sample(1)))["addSample"]["sample"]
    assert again["peers"] == 2
    changed = (await own_samples.fetch(CHANGE, input={"id": again["id"], "small": 5, "mood": None}))["changeSample"]
    assert changed["errors"] == []
    shown = (await own_samples.fetch(READ, id=again["id"]))["sample"]
    assert (shown["total"], shown["peers"], shown["version"]) == ("5", 0, 2)


async def test_the_statement_that_writes_a_row_computes_its_values(own_samples: Samples) -> None:
    fields = "{ sample { total label nextDay } errors { message } }"
    query = f"mutation ($input: AddSampleInput!) {{ addSample(input: $input) {fields} }}"
    found = await own_samples.fetch(query, input=sample(1))
    assert found["addSample"]["sample"] == {"total": "0", "label": "a/a", "nextDay": "1900-03-01"}
    (written,) = [each for each in own_samples.toy.statements if "INSERT" in each]
    assert written.startswith("WITH samples AS") == by_plans()
