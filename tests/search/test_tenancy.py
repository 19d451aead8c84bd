"""Tenant isolation of the search function, which bypasses row-level security."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, OWNER, SYSTEM
from tests.search.finding import all_of, find, walk
from tests.search.texts import TABLES, Term, Texts
from tests.support.api import Workline

FIND = "SELECT kind, id::text, rank FROM find_texts($1::text::tsquery, $2, $3, $4, $5, $6)"
Found = set[tuple[str, str]]


async def become(app: DriverConnection, organization: UUID | str) -> None:
    await app.execute(f"SET LOCAL app.org = '{organization}'")


async def found(
    app: DriverConnection, query: str, *place: Any, kinds: Any = tuple(TABLES), most: int | None = None
) -> Found:
    rows = await app.fetch(FIND, query, kinds, most, *(place or (None, None, None)))
    return {(row["kind"], row["id"]) for row in rows}


async def test_each_organization_finds_its_own_rows(search: Workline, mine: Texts, theirs: Texts) -> None:
    for texts, other in ((mine, theirs), (theirs, mine)):
        seen = set(await walk(search, texts, "a", 100))
        assert seen == texts.matching([Term(("a",))])
        assert not seen & other.matching([])


async def test_rows_of_another_organization_are_neither_found_nor_counted(own_workline: Workline) -> None:
    for name, number in (("alpha", 0), ("bravo", 1)):
        data = await own_workline.fetch(f'{{ search(query: "{name}") {{ totalCount edges {{ highlight }} }} }}')
        assert (data["search"]["totalCount"] == 0) == bool(number)


@pytest.mark.parametrize("organization", [None, "", str(UUID(int=0))])
async def test_a_search_without_an_organization_finds_nothing(app: DriverConnection, organization: str | None) -> None:
    if organization is not None:
        await become(app, organization)
    assert await found(app, "a") == set()


async def test_the_organization_is_reset_at_the_end_of_its_transaction(app: DriverConnection, mine: Texts) -> None:
    async with app.transaction():
        await become(app, mine.organization)
        assert await found(app, "a")
        await app.execute("SET LOCAL app.org = ''")
        assert await found(app, "a") == set()


@pytest.mark.parametrize(
    "query", ["a", "!a", "!nothing", "'@{theirs}'", "!'@{mine}'", "a | '@{theirs}'", "'@':*", "a & '@{theirs}'"]
)
async def test_no_query_finds_rows_of_another_organization(
    app: DriverConnection, mine: Texts, theirs: Texts, query: str
) -> None:
    await become(app, mine.organization)
    seen = await found(app, query.format(mine=mine.organization, theirs=theirs.organization))
    assert seen <= mine.matching([])


async def test_a_query_without_words_finds_nothing(app: DriverConnection, mine: Texts) -> None:
    await become(app, mine.organization)
    assert await found(app, "") == set()
    assert await app.fetch("SELECT * FROM find_texts(NULL, $1, NULL, NULL, NULL, NULL)", list(TABLES)) == []


async def test_no_position_and_no_type_finds_rows_of_another_organization(
    app: DriverConnection, mine: Texts, theirs: Texts
) -> None:
    await become(app, mine.organization)
    far = (2.0, UUID(int=2**128 - 1), "ZZZ")
    assert await found(app, "a", *far) == mine.matching([Term(("a",))])
    assert await found(app, "a", *far, kinds=[*TABLES, "USER", "users", None]) == mine.matching([Term(("a",))])
    assert await found(app, "a", kinds=None) == await found(app, "a", kinds=[]) == set()
    assert await found(app, "a", 0.0, theirs.documents[0].id, "TASK") == set()


async def test_the_function_ignores_other_schemas_in_the_search_path(app: DriverConnection, mine: Texts) -> None:
    await become(app, mine.organization)
    before = await found(app, "a")
    await app.execute("CREATE TEMPORARY TABLE tasks (organization_id uuid, id uuid, search_vector tsvector)")
    await app.execute("INSERT INTO tasks VALUES ($1, $2, 'a')", mine.organization, uuid4())
    assert await found(app, "a") == before


async def test_the_function_is_not_executable_by_other_roles(app: DriverConnection) -> None:
    question = "SELECT has_function_privilege($1, 'find_texts(tsquery, text[], integer, real, uuid, text)', 'EXECUTE')"
    assert await app.fetchval(question, "public") is False
    allowed = {role for role in (APP, OWNER, SYSTEM) if await app.fetchval(question, role)}
    assert allowed == {APP, SYSTEM}


async def test_the_function_returns_only_ids_and_ranks(app: DriverConnection, mine: Texts) -> None:
    await become(app, mine.organization)
    rows = await app.fetch("SELECT * FROM find_texts('a', $1, 3, NULL, NULL, NULL)", list(TABLES))
    assert [list(row.keys()) for row in rows] == [["kind", "id", "rank"]] * 3


async def test_highlights_are_those_of_visible_rows(search: Workline, mine: Texts) -> None:
    """The texts are read in the role of the application, under its policies: the function cannot read them."""
    words = 'query { search(query: "a", first: 5) { edges { highlight } } }'
    with search.statements() as statements:
        await search.fetch(words, mine.viewer())
    (statement,) = statements
    assert statement.count("organization_id = ") == len(TABLES)
    assert all_of(await find(search, mine, "a"))
