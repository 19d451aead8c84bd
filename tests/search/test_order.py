"""Order of results by rank and then by age, with ranks of plain SQL over the same words."""

import re

import pytest

from tests.search.finding import find, walk
from tests.search.texts import Texts, unaccented
from tests.support.api import Workline

RANKS = """
SELECT ts_rank(
    setweight(to_tsvector('simple', heading), 'A') || setweight(to_tsvector('simple', text), 'B'),
    to_tsquery('simple', $3)
)
FROM unnest($1::text[], $2::text[]) AS document (heading, text)
"""
SEARCHES = {
    "bike door": "bike & door:*",
    '"bike door"': "bike <-> door",
    "men* üb": "men:* & ub:*",
    "bike": "bike:*",
    "mend -door": "mend",
    "bike* -door win": "bike:* & win:*",
}


def plain(text: str | None) -> str:
    """Return the words of a text without punctuation, which could have another meaning."""
    return " ".join(re.findall(r"[^\W_]+", unaccented(text or "")))


async def ranked(
    search: Workline, texts: Texts, query: str, found: set[tuple[str, str]]
) -> list[tuple[float, str, str]]:
    """Return the expected results in order, with their ranks by plain SQL."""
    documents = [each for each in texts.documents if (each.type, str(each.id)) in found]
    async with search.database.as_system() as connection:
        rows = await connection.fetch(
            RANKS, [plain(each.heading) for each in documents], [plain(each.text) for each in documents], query
        )
    ranks = [(row[0], str(each.id), each.type) for row, each in zip(rows, documents, strict=True)]
    return sorted(ranks, reverse=True)


@pytest.mark.parametrize(("words", "query"), SEARCHES.items())
async def test_ranks_and_order_are_those_of_plain_sql(search: Workline, mine: Texts, words: str, query: str) -> None:
    found = await walk(search, mine, words, 100)
    expected = await ranked(search, mine, query, set(found))
    assert found == [(type, id) for _, id, type in expected]
    page = await find(search, mine, words)
    assert [edge["rank"] for edge in page["edges"]] == [rank for rank, _, _ in expected[:100]]
    assert expected
    assert words != "bike" or 1 < len({rank for rank, _, _ in expected}) < len(expected), (
        "some ranks are equal, some are not"
    )


async def test_a_word_in_a_title_or_name_outranks_any_number_in_the_body(own_workline: Workline) -> None:
    create = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }"
    for title, description in (("Zebra", "of all things"), ("Nothing", "zebra " * 50), ("Some zebra", None)):
        await own_workline.fetch(create, input={"title": title, "description": description})
    query = '{ search(query: "zebra") { nodes { ... on Task { title } } edges { rank } } }'
    found = (await own_workline.fetch(query))["search"]
    assert [node["title"] for node in found["nodes"]] == ["Some zebra", "Zebra", "Nothing"]
    first, second, third = (edge["rank"] for edge in found["edges"])
    assert first == second > third
