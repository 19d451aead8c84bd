"""Groups of a list: equal to plain SQL, largest first, for any number of parents in one statement."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine import expected_aggregates as figures
from tests.engine.datasets import Libraries
from tests.engine.examples import examples
from tests.engine.expected_groups import Bucket, by_field, by_relation, by_time, groupings
from tests.engine.filter_trees import filters_of
from tests.engine.lists import OWNERS
from tests.engine.toy.types import READER
from tests.engine.toy_api import Toy, viewer_of

VARIABLES = "$filter: BookFilter, $by: [BookGroupBy!]!, $most: Int"
CURATED = [
    [by_field("GENRE")],
    [by_field("PRICE"), by_field("LENT")],
    [by_relation("AUTHOR")],
    [by_relation("PARENT"), by_field("SUMMARY")],
    [by_time("WEEK", "Europe/Berlin")],
    [by_time("MONTH", "Asia/Kathmandu"), by_relation("SHELF"), by_field("PAGES")],
]
some_library = st.sampled_from(["large", "large", "large", "small", "single", "empty"])
most = st.sampled_from([1, 2, 3, 1000])


def selected(by: list[Bucket]) -> str:
    """Return the selection of all fields of the groups of a book list."""
    key = " ".join(bucket.selection for bucket in by)
    return f"groups(by: $by, first: $most) {{ key {{ {key} }} count aggregates {{ {figures.SELECTION} }} }}"


def sql(by: list[Bucket], most: int) -> str:
    keys = ", ".join(bucket.sql for bucket in by)
    order = ", ".join(["count(*) DESC", *(bucket.sql for bucket in by)])
    return f"SELECT {keys}, {figures.SQL} FROM {{books}} GROUP BY {keys} ORDER BY {order} LIMIT {most}"


def shown(groups: list[dict[str, Any]], by: list[Bucket]) -> list[list[Any]]:
    """Return the API's groups as rows of ``sql``."""
    assert all(group["count"] == group["aggregates"]["count"] for group in groups)
    keys = [[bucket.shown(group["key"]) for bucket in by] for group in groups]
    return [[*key, *figures.shown(group["aggregates"])] for key, group in zip(keys, groups, strict=True)]


def arguments(by: list[Bucket], most: int, filter: Any = None) -> dict[str, Any]:
    return {"by": [bucket.argument for bucket in by], "most": most, "filter": filter}


async def assert_groups(
    toy: Toy, libraries: Libraries, name: str, by: list[Bucket], most: int, filter: dict[str, Any]
) -> None:
    """Assert that the groups of all books under a filter equal plain SQL."""
    query = f"query ({VARIABLES}) {{ books(filter: $filter) {{ {selected(by)} }} }}"
    data = await toy.fetch(query, libraries.id(name), **arguments(by, most, filter))
    expected = await figures.query(libraries, name, sql(by, most), figures.meant(name, filter))
    assert shown(data["books"]["groups"], by) == expected


async def assert_groups_of_parents(
    toy: Toy, libraries: Libraries, name: str, owner: str, by: list[Bucket], most: int
) -> None:
    """Assert that each parent's groups equal plain SQL over its books, in one statement for all parents."""
    edge = "books: volumes" if owner == "books" else "books"
    lists = f"{owner}(first: 1000) {{ nodes {{ id {edge}(filter: $filter) {{ {selected(by)} }} }} }}"
    query = f"query ({VARIABLES}) {{ parents: {lists} }}"
    parents = (await toy.fetch(query, libraries.id(name), **arguments(by, most)))["parents"]["nodes"]
    assert sum("row_number()" in each for each in toy.statements) == bool(parents)
    for parent in parents:
        found = await figures.query(libraries, name, sql(by, most), figures.meant(name, {}), owner, parent["id"])
        assert shown(parent["books"]["groups"], by) == found


@examples(40)
@given(name=some_library, by=groupings, most=most, filter=filters_of("books", 2))
async def test_groups_equal_plain_sql_under_any_filter(
    planned_toy: Toy, libraries: Libraries, name: str, by: list[Bucket], most: int, filter: dict[str, Any]
) -> None:
    await assert_groups(planned_toy, libraries, name, by, most, filter)


@examples(20)
@given(name=some_library, owner=st.sampled_from(sorted(OWNERS)), by=groupings, most=most)
async def test_each_parent_has_its_own_groups_in_one_statement(
    planned_toy: Toy, libraries: Libraries, name: str, owner: str, by: list[Bucket], most: int
) -> None:
    await assert_groups_of_parents(planned_toy, libraries, name, owner, by, most)


@pytest.mark.parametrize("by", CURATED, ids=lambda by: " ".join(bucket.selection for bucket in by))
async def test_groups_equal_plain_sql(toy: Toy, libraries: Libraries, by: list[Bucket]) -> None:
    await assert_groups(toy, libraries, "large", by, 1000, {"pages": {"neq": 10}})


@pytest.mark.parametrize("owner", sorted(OWNERS))
async def test_each_parent_has_its_own_groups(toy: Toy, libraries: Libraries, owner: str) -> None:
    await assert_groups_of_parents(toy, libraries, "large", owner, [by_field("GENRE"), by_relation("AUTHOR")], 2)


@pytest.mark.parametrize("name", ["large", "small"])
@pytest.mark.parametrize(
    ("key", "number"),
    [("__typename", 1), ("author { name }", 2), ("author { name } shelf { label books { totalCount } }", 4)],
)
async def test_records_in_keys_take_one_statement_for_all(
    toy: Toy, libraries: Libraries, name: str, key: str, number: int
) -> None:
    by = "{relation: AUTHOR}, {relation: SHELF}"
    await toy.fetch(f"{{ books {{ groups(by: [{by}]) {{ key {{ {key} }} count }} }} }}", libraries.id(name))
    assert len(toy.statements) == number


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
async def test_days_are_those_of_the_time_zone_including_dst_changes(
    own_toy: Toy, libraries: Libraries, admin: DriverConnection, zone: str
) -> None:
    """The books are 101 hours apart, across all DST changes of a year."""
    moments = "timestamptz '2026-01-01 00:30Z' + (row_number() OVER (ORDER BY id)) * interval '101 hours'"
    numbered = f"SELECT organization_id, id, {moments} AS moment FROM books"
    await admin.execute(
        f"UPDATE books b SET published_at = n.moment FROM ({numbered}) n "
        "WHERE n.id = b.id AND n.organization_id = b.organization_id"
    )
    large = libraries.id("large")
    found = await admin.fetch("SELECT published_at FROM books WHERE organization_id = $1", large)
    days = {row[0].astimezone(ZoneInfo(zone)).date() for row in found}
    query = """query ($time: BookGroupTimeInput!) {
        books { groups(by: [{time: $time}], first: 1000) { key { publishedAt } } } }"""
    time = {"field": "PUBLISHED_AT", "every": "DAY", "timeZone": zone}
    groups = (await own_toy.fetch(query, large, time=time))["books"]["groups"]
    assert {datetime.fromisoformat(group["key"]["publishedAt"]) for group in groups} == {
        midnight(d, zone) for d in days
    }
    assert max(days) - min(days) > timedelta(days=365)


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


async def test_restricted_columns_form_no_groups_and_are_null(toy: Toy, libraries: Libraries) -> None:
    reader, query = (
        viewer_of(libraries.id("large"), READER),
        f"query ({VARIABLES}) {{ books(filter: $filter) {{ %s }} }}",
    )
    by = [by_field("COST")]
    refused = await toy.refuse(query % selected(by), reader, by=[by[0].argument])
    assert refused["code"] == "FORBIDDEN"
    assert toy.statements == []
    title = [by_field("TITLE")]
    groups = (await toy.fetch(query % selected(title), reader, by=[title[0].argument]))["books"]["groups"]
    hidden = [group["aggregates"][function]["cost"] for group in groups for function in figures.FUNCTIONS]
    assert set(hidden) == {None}


@pytest.mark.parametrize(
    ("by", "path"),
    [
        ("[]", ["by"]),
        ("[{field: TITLE}, {field: TITLE}]", ["by", 1]),
        ('[{time: {field: PUBLISHED_AT, every: DAY, timeZone: "Atlantis"}}]', ["by", 0, "time", "timeZone"]),
        ("[{field: TITLE}], first: 0", ["first"]),
        ("[{field: TITLE}], first: 1001", ["first"]),
    ],
)
async def test_an_invalid_grouping_is_refused_with_its_path(
    toy: Toy, libraries: Libraries, by: str, path: list[Any]
) -> None:
    refused = await toy.refuse(f"{{ books {{ groups(by: {by}) {{ count }} }} }}", libraries.id("large"))
    assert (refused["code"], refused["argumentPath"]) == ("BAD_USER_INPUT", path)
    assert toy.statements == []
