"""Number of statements of a search: one for the page, one for the count, and one for the records of each type."""

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.types.schema import Api
from tests.search.texts import TABLES, Texts
from tests.support.api import Workline, serving


async def sent(search: Workline, texts: Texts, selection: str, arguments: str = "") -> list[str]:
    """Return the statements of a search with this selection."""
    with search.statements() as statements:
        await search.fetch(f'{{ search(query: "a" {arguments}) {{ {selection} }} }}', texts.viewer())
    return statements


@pytest.mark.parametrize(
    ("selection", "number"),
    [
        ("edges { rank cursor }", 1),
        ("edges { rank highlight }", 1),
        ("pageInfo { hasNextPage hasPreviousPage startCursor endCursor }", 1),
        ("edges { rank } pageInfo { endCursor }", 1),
        ("totalCount", 1),
        ("totalCount edges { rank highlight }", 2),
        ("__typename", 0),
    ],
)
async def test_the_page_takes_one_statement_and_the_count_another(
    search: Workline, mine: Texts, selection: str, number: int
) -> None:
    statements = await sent(search, mine, selection)
    assert len(statements) == number
    assert all("find_texts" in each for each in statements)


@pytest.mark.parametrize(
    "selection", ["nodes { __typename ... on Node { id } }", "edges { node { ... on Node { id } } }"]
)
@pytest.mark.parametrize("type", TABLES)
async def test_records_of_one_type_take_one_more_statement(
    search: Workline, mine: Texts, selection: str, type: str
) -> None:
    first, second = await sent(search, mine, selection, f"types: [{type}], first: 50")
    assert "find_texts" in first
    assert f"FROM {TABLES[type][0]}" in second


async def test_records_of_all_types_take_one_statement_each(search: Workline, mine: Texts) -> None:
    both = "nodes { ... on Node { id } } edges { highlight node { ... on Node { id } } } pageInfo { endCursor }"
    statements = await sent(search, mine, both, "first: 100")
    assert len(statements) == 1 + len(TABLES)


@pytest.mark.parametrize("selection", ["shown: highlight", "... { highlight }", "...Shown"])
async def test_texts_are_read_only_for_highlights(search: Workline, mine: Texts, selection: str) -> None:
    fragment = "fragment Shown on SearchEdge { highlight }" if "Shown" in selection else ""
    for fields, expected in ((f"cursor {selection}", True), ("cursor", False)):
        with search.statements() as statements:
            document = f'{{ search(query: "a") {{ edges {{ {fields} }} }} }} {fragment if expected else ""}'
            await search.fetch(document, mine.viewer())
        (statement,) = statements
        assert ("body" in statement) == expected


async def test_the_column_of_words_is_never_read_or_written_with_a_row(own_workline: Workline) -> None:
    lists = " ".join(f"{name} {{ nodes {{ id createdAt }} }}" for name in ("tasks", "posts", "comments", "workers"))
    create = 'mutation { createTask(input: {title: "Zebra"}) { task { id title comments { totalCount } } } }'
    with own_workline.statements() as statements:
        for query in (f"{{ {lists} }}", create):
            await own_workline.fetch(query)
    assert any("INSERT INTO tasks" in each for each in statements)
    assert not [each for each in statements if "search_vector" in each]


def test_the_column_of_words_is_not_in_the_api(workline_api: Api) -> None:
    assert "searchVector" not in workline_api.sdl


async def test_a_repeated_search_takes_the_same_statements(search: Workline, mine: Texts) -> None:
    selection = "{ totalCount edges { cursor } nodes { ... on Node { id } } }"
    with search.statements() as statements:
        document = f'{{ a: search(query: "v2") {selection} b: search(query: "v2", first: 25) {selection} }}'
        data = await search.fetch(document, mine.viewer())
    assert data["a"] == data["b"]
    assert sum("find_texts" in each for each in statements) == 2


async def test_plans_and_resolvers_give_the_same_answer(search: Workline, workline_api: Api, mine: Texts) -> None:
    query = """{ search(query: "bike", first: 100) { totalCount pageInfo { endCursor } edges { rank highlight cursor
      node { __typename ... on Task { title creator { name } comments { totalCount nodes { body } } }
        ... on Comment { subject { ... on Task { title } } author { name } } ... on Post { author { email } }
        ... on Worker { name hourlyRate tasks { totalCount } } } } } }"""
    answers = []
    for plan in (True, False):
        async with serving(workline_api, search.database, ExecutorOptions(plan=plan)) as workline:
            answers.append(await workline.fetch(query, mine.viewer()))
    assert answers[0] == answers[1]
    assert {edge["node"]["__typename"] for edge in answers[0]["search"]["edges"]} == {each.title() for each in TABLES}
