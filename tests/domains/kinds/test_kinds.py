"""Every kind of column does the same as plain SQL: written, read, filtered, sorted, paged, grouped and aggregated."""

from decimal import Decimal
from typing import Any

import pytest

from tests.domains.kinds.conftest import Samples
from tests.domains.kinds.values import ROWS, STORED, VALUES, api_name, sample

ORDERED = [name for name in VALUES if name != "doc"]
COMPARED = [name for name in VALUES if name not in ("doc", "texts", "smalls", "days", "refs", "grades")]
ALL = " ".join([*map(api_name, VALUES), "halved"])
PAYLOAD = f"{{ sample {{ id {ALL} }} errors {{ message path }} }}"
ADD_ONE = f"mutation ($input: AddSampleInput!) {{ addSample(input: $input) {PAYLOAD} }}"
CHANGE = f"mutation ($input: ChangeSampleInput!) {{ changeSample(input: $input) {PAYLOAD} }}"
READ_ONE = f"query ($id: ID!) {{ sample(id: $id) {{ id {ALL} }} }}"
EQUAL_ONLY = {
    *("yes", "ref", "grade", "mood", "color", "secret", "negated", "shifted"),
    *("span", "wide", "prices", "stay", "shift", "opening"),
}
SQL = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


async def listed(samples: Samples, filter: dict[str, Any]) -> set[str]:
    """Return the ids of the samples that a filter finds."""
    query = "query ($filter: SampleFilter) { samples(filter: $filter, first: 100) { nodes { id } totalCount } }"
    found = (await samples.fetch(query, filter=filter))["samples"]
    assert found["totalCount"] == len(found["nodes"])
    return {node["id"] for node in found["nodes"]}


async def in_sql(samples: Samples, condition: str, *arguments: Any) -> set[str]:
    """Return the ids of the samples that satisfy a condition in SQL; a null does not."""
    ids = await samples.column(f"SELECT id FROM {{samples}} WHERE ({condition}) IS TRUE", *arguments)
    return {str(id) for id in ids}


async def sql_type(samples: Samples, column: str) -> str:
    """Return the SQL type of a column, without its limits."""
    query = "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'samples'::regclass AND attname = $1"
    found = str(await samples.admin.fetchval(query, api_name(column)))
    return found.replace("character", "bpchar") if found == "character" else found


def literal(column: str, value: Any, kind: str) -> str:
    """Return a value in SQL."""
    if column == "data":
        return f"decode('{value}', 'base64')"
    text = str(STORED.get(column, {}).get(value, value)).replace("'", "''")
    return f"'{text}'::{kind}"


@pytest.mark.parametrize("index", range(ROWS))
async def test_a_value_is_the_same_after_it_is_written(own_samples: Samples, index: int) -> None:
    given = sample(index)
    payload = (await own_samples.fetch(ADD_ONE, input=given))["addSample"]
    assert payload["errors"] == []
    expected = shown(given, payload["sample"]["id"])
    assert payload["sample"] == expected
    assert (await own_samples.fetch(READ_ONE, id=expected["id"]))["sample"] == expected


@pytest.mark.parametrize("index", range(ROWS))
async def test_a_value_is_the_same_after_it_replaces_another_one(own_samples: Samples, index: int) -> None:
    (id,) = await own_samples.add(sample((index + 1) % ROWS))
    given = {api_name(name): None for name in VALUES} | sample(index)
    payload = (await own_samples.fetch(CHANGE, input={"id": id, **given}))["changeSample"]
    assert payload["errors"] == []
    assert payload["sample"] == shown(given, id)
    again = (await own_samples.fetch(CHANGE, input={"id": id, **given, "expectedVersion": 2}))["changeSample"]
    assert again == {"sample": shown(given, id), "errors": []}


def shown(given: dict[str, Any], id: str) -> dict[str, Any]:
    """Return what the API shows of a sample with these values."""
    whole = given.get("whole")
    values = {api_name(name): given.get(api_name(name)) for name in VALUES}
    return {"id": id, **values, "halved": None if whole is None else int(whole / 2)}


@pytest.mark.parametrize("column", COMPARED)
async def test_each_comparator_finds_what_sql_finds(samples: Samples, column: str) -> None:
    name, kind = f'"{api_name(column)}"', await sql_type(samples, column)
    operators = {"eq", "neq"} if column in EQUAL_ONLY else SQL.keys()
    for value in VALUES[column]:
        for operator in operators:
            condition = f"{name} {SQL[operator]} {literal(column, value, kind)}"
            if operator == "neq":
                condition = f"{name} IS DISTINCT FROM {literal(column, value, kind)}"
            found = await listed(samples, {api_name(column): {operator: value}})
            assert found == await in_sql(samples, condition), (operator, value)
    if column != "yes":
        values = VALUES[column][::2]
        among = f"{name} IN ({', '.join(literal(column, value, kind) for value in values)})"
        assert await listed(samples, {api_name(column): {"in": values}}) == await in_sql(samples, among)
        assert await listed(samples, {api_name(column): {"nin": values}}) == await in_sql(
            samples, f"({among}) IS NOT TRUE"
        )
    assert await listed(samples, {api_name(column): {"isNull": True}}) == await in_sql(samples, f"{name} IS NULL")


@pytest.mark.parametrize("column", VALUES)
async def test_null_is_found_and_excluded(samples: Samples, column: str) -> None:
    name = f'"{api_name(column)}"'
    assert await listed(samples, {api_name(column): {"isNull": True}}) == await in_sql(samples, f"{name} IS NULL")
    assert await listed(samples, {api_name(column): {"isNull": False}}) == await in_sql(samples, f"{name} IS NOT NULL")


PAGE = """
query ($orderBy: [SampleOrderBy!], $first: Int, $after: String, $last: Int, $before: String) {
  samples(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


@pytest.mark.parametrize("nulls", ["FIRST", "LAST"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("column", ORDERED)
async def test_pages_forwards_and_backwards_are_in_the_order_of_sql(
    samples: Samples, column: str, direction: str, nulls: str
) -> None:
    name = api_name(column)
    by = f'"{name}" {direction} NULLS {nulls}, id {direction}'
    expected = [str(id) for id in await samples.column(f"SELECT id FROM {{samples}} ORDER BY {by}")]
    order = [{name: {"direction": direction, "nulls": nulls}}]
    assert await walk(samples, order, "first", "after", "endCursor", "hasNextPage") == expected
    assert await walk(samples, order, "last", "before", "startCursor", "hasPreviousPage") == expected


async def walk(samples: Samples, order: Any, size: str, place: str, cursor: str, more: str) -> list[str]:
    """Return the ids of all samples, in the order of the list, found in pages of two."""
    found: list[str] = []
    at = None
    for _ in range(ROWS):
        page = (await samples.fetch(PAGE, orderBy=order, **{size: 2, place: at}))["samples"]
        ids = [edge["node"]["id"] for edge in page["edges"]]
        found = [*found, *ids] if size == "first" else [*ids, *found]
        if not page["pageInfo"][more]:
            return found
        at = page["pageInfo"][cursor]
        assert at in (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("column", [name for name in ORDERED if name not in ("moment", "local", "day")])
async def test_groups_are_those_of_sql(samples: Samples, column: str) -> None:
    name = api_name(column)
    query = f"{{ samples {{ groups(by: [{{field: {name.upper()}}}]) {{ count key {{ {name} }} }} }} }}"
    groups = (await samples.fetch(query))["samples"]["groups"]
    counts = await samples.rows(f'SELECT count(*) FROM {{samples}} GROUP BY "{name}"')
    assert sorted(each["count"] for each in groups) == sorted(row[0] for row in counts)
    keys = [each["key"][name] for each in groups]
    assert all(value in keys for value in [*VALUES[column], None])
    assert len(keys) == len(VALUES[column]) + (len(VALUES[column]) < ROWS)


@pytest.mark.parametrize("column", ["moment", "local", "day"])
@pytest.mark.parametrize("every", ["DAY", "WEEK", "MONTH"])
async def test_periods_are_those_of_sql(samples: Samples, column: str, every: str) -> None:
    query = f"""{{ samples {{ groups(by: [{{time: {{field: {column.upper()}, every: {every}}}}}]) {{
      count key {{ {column} }} }} }} }}"""
    groups = (await samples.fetch(query))["samples"]["groups"]
    zone = ", 'UTC'" if column == "moment" else ""
    truncated = f"date_trunc('{every.lower()}', {column}{zone})"
    begin = f"to_char({truncated}{' AT TIME ZONE $$UTC$$' if zone else ''}, 'YYYY-MM-DD')"
    counts = await samples.rows(f"SELECT {begin}, count(*) FROM {{samples}} GROUP BY 1")
    found = {each["key"][column] and each["key"][column][:10]: each["count"] for each in groups}
    assert found == {row[0]: row[1] for row in counts}


EXTREMES = ["words", "line", "code", "fixed", "day", "hour", "moment", "local", "lasting", "class_"]
NUMBERS = ["small", "whole", "big", "amount", "exact", "ratio", "single"]


@pytest.mark.parametrize("column", [*NUMBERS, *EXTREMES])
async def test_extremes_are_those_of_sql(samples: Samples, column: str) -> None:
    name = api_name(column)
    found = (await samples.fetch(f"{{ samples {{ aggregates {{ min {{ {name} }} max {{ {name} }} }} }} }}"))["samples"]
    low, high = await extremes(samples, name)
    by_id = {node["id"]: node[name] for node in await nodes(samples, name)}
    assert found["aggregates"] == {"min": {name: by_id[low]}, "max": {name: by_id[high]}}


async def nodes(samples: Samples, fields: str) -> list[dict[str, Any]]:
    """All samples with these fields."""
    found: list[dict[str, Any]] = (await samples.fetch(f"{{ samples {{ nodes {{ id {fields} }} }} }}"))["samples"][
        "nodes"
    ]
    return found


async def extremes(samples: Samples, name: str) -> list[str]:
    """Return the ids of the samples with the smallest and the largest value."""
    found = []
    for direction in ("ASC", "DESC"):
        sql = f'SELECT id FROM {{samples}} WHERE "{name}" IS NOT NULL ORDER BY "{name}" {direction} LIMIT 1'
        found += [str(id) for id in await samples.column(sql)]
    return found


@pytest.mark.parametrize("function", ["sum", "avg"])
@pytest.mark.parametrize("column", ["small", "whole", "big", "amount", "exact", "single"])
async def test_sums_and_averages_are_those_of_sql(samples: Samples, column: str, function: str) -> None:
    found = (await samples.fetch(f"{{ samples {{ aggregates {{ {function} {{ {column} }} }} }} }}"))["samples"]
    (expected,) = await samples.column(f"SELECT {function}({column}) FROM {{samples}}")
    value = found["aggregates"][function][column]
    if column == "single":
        assert value == expected
        return
    assert Decimal(value) == expected
    assert function == "sum" or "." not in value or not value.endswith("0")


async def test_durations_are_summed_by_their_parts(own_samples: Samples) -> None:
    await own_samples.add({"lasting": "P1Y"}, {"lasting": "P1M2DT90S"}, {"lasting": None})
    found = (await own_samples.fetch("{ samples { aggregates { sum { lasting } avg { lasting } } } }"))["samples"]
    assert found["aggregates"] == {"sum": {"lasting": "P1Y1M2DT1M30S"}, "avg": {"lasting": "P6M16DT45S"}}


@pytest.mark.parametrize("column", ["texts", "smalls", "days", "refs", "grades"])
async def test_arrays_are_compared_by_their_elements(samples: Samples, column: str) -> None:
    kind = await sql_type(samples, column)
    for value in VALUES[column]:
        array = "'{" + ",".join(f'"{each}"'.replace('""e""', '"\\"e\\""') for each in value) + f"}}'::{kind}"
        expected = {
            "eq": f"{column} = {array}",
            "neq": f"{column} IS DISTINCT FROM {array}",
            "hasAny": f"{column} && {array}",
            "hasAll": f"{column} @> {array}",
        }
        for operator, condition in expected.items():
            assert await listed(samples, {column: {operator: value}}) == await in_sql(samples, condition), operator
        for each in value:
            condition = f"array_position({column}, ({array})[{value.index(each) + 1}]) IS NOT NULL"
            assert await listed(samples, {column: {"has": each}}) == await in_sql(samples, condition)
    for is_empty in (True, False):
        condition = f"cardinality({column}) {'=' if is_empty else '>'} 0"
        assert await listed(samples, {column: {"isEmpty": is_empty}}) == await in_sql(samples, condition)


@pytest.mark.parametrize(
    ("filter", "condition"),
    [
        ({"contains": {"a": {"b": [1]}}}, """doc @> '{"a": {"b": [1]}}'"""),
        ({"contains": ["x"]}, """doc @> '["x"]'"""),
        ({"contains": "text"}, """doc @> '"text"'"""),
        ({"hasKey": "a"}, "doc ? 'a'"),
        ({"hasKey": "x"}, "doc ? 'x'"),
        ({"eq": {"c": 1.5, "a": {"b": [1, "x", None]}}}, """doc = '{"a": {"b": [1, "x", null]}, "c": 1.5}'"""),
        ({"neq": 12}, "doc IS DISTINCT FROM '12'"),
        ({"in": [12, "text"]}, """doc IN ('12', '"text"')"""),
        ({"nin": [12, "text"]}, """(doc IN ('12', '"text"')) IS NOT TRUE"""),
        ({"path": {"path": ["a", "b"], "eq": 2}}, """doc #> '{a,b}' = '2'"""),
        ({"path": {"path": ["a", "b", "1"], "eq": "x"}}, """doc #> '{a,b,1}' = '"x"'"""),
        ({"path": {"path": ["a", "b", "2"]}}, """doc #> '{a,b,2}' = 'null'"""),
        ({"path": {"path": ["1"], "eq": {"k": True}}}, """doc #> '{1}' = '{"k": true}'"""),
    ],
)
async def test_json_is_compared_as_in_sql(samples: Samples, filter: dict[str, Any], condition: str) -> None:
    found = await listed(samples, {"doc": filter})
    assert found == await in_sql(samples, condition)
    assert found


async def test_json_can_be_a_literal_with_variables(samples: Samples) -> None:
    query = """query ($b: JSON, $list: [JSON!]) {
      literal: samples(filter: {doc: {contains: {a: {b: 2}}}}) { totalCount }
      inside: samples(filter: {doc: {contains: {a: {b: $b}}}}) { totalCount }
      whole: samples(filter: {doc: {in: $list}}) { totalCount }
    }"""
    for b, count in ((2, 1), ([1], 1), (3, 0)):
        found = await samples.fetch(query, b=b, list=[12, {"a": {"b": 2}}])
        assert [each["totalCount"] for each in found.values()] == [1, count, 2]


@pytest.mark.parametrize(
    ("column", "filter", "condition"),
    [
        ("span", {"contains": 5}, "span @> 5"),
        ("wide", {"contains": "9007199254740994"}, "wide @> 9007199254740994"),
        ("prices", {"overlaps": "[0.75,1)"}, "prices && '[0.75,1)'::numrange"),
        ("stay", {"contains": "2026-01-04"}, "stay @> '2026-01-04'::date"),
        ("shift", {"contains": "2026-01-01T07:59:59Z"}, "shift @> '2026-01-01T07:59:59Z'::timestamptz"),
        ("opening", {"contains": "2026-01-01T08:00:00"}, "opening @> '2026-01-01T08:00:00'::timestamp"),
        ("words", {"contains": "%b_"}, "strpos(words, '%b_') > 0"),
        ("words", {"containsIgnoreCase": "ZÜRICH"}, "words ILIKE '%zürich%'"),
        ("code", {"startsWith": "a"}, "starts_with(code, 'a')"),
    ],
)
async def test_further_comparators_find_what_sql_finds(
    samples: Samples, column: str, filter: dict[str, Any], condition: str
) -> None:
    found = await listed(samples, {column: filter})
    assert found == await in_sql(samples, condition)
    assert found


async def test_a_resolver_reads_python_values(samples: Samples) -> None:
    found = {node["class"]: node["heading"] for node in await nodes(samples, "class heading")}
    assert found["first"] == "first 0"
    assert found["second"] == "second 0"
    assert found[None] is None
