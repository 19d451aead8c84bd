"""Matches of a search over random texts, compared with an evaluation in Python."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.search.models import folded
from schema.search.query_parser import fold
from tests.engine.examples import examples
from tests.search.finding import all_of, find, walk
from tests.search.texts import TABLES, Term, Texts, terms, written
from tests.support.api import Workline

some_types = st.one_of(st.none(), st.lists(st.sampled_from(list(TABLES)), max_size=5))


@examples(30)
@given(terms=terms(), types=some_types)
async def test_matches_are_those_of_the_evaluation(
    searching: Workline, mine: Texts, terms: list[Term], types: list[str] | None
) -> None:
    expected = mine.matching(terms, TABLES if types is None else types)
    found = await walk(searching, mine, written(terms), 100, types=types)
    assert sorted(found) == sorted(expected)
    assert (await find(searching, mine, written(terms), types=types, first=0))["totalCount"] == len(expected)


@pytest.mark.parametrize("word", ["mend", "bik", "do", "wind", "Üb", "straß", "东京"])
async def test_the_last_word_may_be_a_prefix(search: Workline, mine: Texts, word: str) -> None:
    for query in (f"a {word}", f"a {word} "):
        expected = mine.matching([Term(("a",)), Term((word,), beginning=True)])
        assert set(all_of(await find(search, mine, query))) == expected
        assert expected


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("mend a", [Term(("mend",)), Term(("a",))]),
        ("a*", [Term(("a",))]),
        ("men* bik* do", [Term((word,), beginning=True) for word in ("men", "bik", "do")]),
        ('"bike door"', [Term(("bike", "door"))]),
        ('"bike doo', [Term(("bike", "doo"), beginning=True)]),
        ('"bike, door" ', [Term(("bike", "door"))]),
        ("bike/doo", [Term(("bike", "doo"), beginning=True)]),
        ("BIKE.DOOR*", [Term(("bike", "door"), beginning=True)]),
        ("it's", [Term(("it", "s"))]),
        ("it’s", [Term(("it", "s"))]),  # noqa: RUF001
        ("bike -door", [Term(("bike",)), Term(("door",), without=True)]),
        ("bike -doo*", [Term(("bike",)), Term(("doo",), without=True, beginning=True)]),
        ('bike -"a door"', [Term(("bike",)), Term(("a", "door"), without=True)]),
        ("-door bike", [Term(("bike",), beginning=True), Term(("door",), without=True)]),
        ("bike - door", [Term(("bike",)), Term(("door",), beginning=True)]),
        ("v2 42", [Term(("v2",)), Term(("42",), beginning=True)]),
    ],
)
async def test_the_syntax_of_queries(search: Workline, mine: Texts, query: str, terms: list[Term]) -> None:
    expected = mine.matching(terms)
    assert set(all_of(await find(search, mine, query))) == expected
    assert expected, "otherwise the example proves nothing"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("cafe", "Café"),
        ("CAFÉ", "cafe"),
        ("cafe\u0301", "café"),
        ("strasse", "Straße"),
        ("straße", "STRASSE"),
        ("lodz", "Łódź"),
        ("soren", "Søren"),
        ("Ængus", "aengus"),
        ("fiance", "ﬁancé"),
        ("Елка", "ёлка"),
        ("ΑΘΗΝΑ", "Αθήνα"),
        ("がく", "か\u3099く"),
    ],
)
async def test_a_search_ignores_accents_case_and_forms_of_letters(
    own_workline: Workline, query: str, text: str
) -> None:
    create = "mutation ($title: String!) { createTask(input: {title: $title}) { task { id } } }"
    await own_workline.fetch(create, title=text)
    find = "query ($words: String!) { search(query: $words) { edges { highlight node { ... on Task { title } } } } }"
    (edge,) = (await own_workline.fetch(find, words=f"{query} -nothing"))["search"]["edges"]
    assert edge == {"highlight": f"<mark>{normalize('NFC', text)}</mark>", "node": {"title": text}}


@examples(50)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0", max_codepoint=0x1FFFF), max_size=30))
async def test_postgresql_and_python_fold_texts_to_the_same_result(searching: Workline, text: str) -> None:
    async with searching.database.as_system() as connection:
        assert await connection.fetchval(f"SELECT {folded('$1::text')}", text) == fold(text)


async def test_a_longer_word_is_found_by_its_prefix_but_not_by_its_suffix(search: Workline, mine: Texts) -> None:
    assert (await find(search, mine, "indow"))["totalCount"] == 0
    assert (await find(search, mine, "windo"))["totalCount"] > 0


@pytest.mark.parametrize(
    "query", ["", " ", "!", "...", '"', '""', '"."', "*", "-", "--", "-bike", '-"bike door', "&|!:*()<->'\\"]
)
async def test_a_query_without_words_finds_nothing_without_a_statement(
    search: Workline, mine: Texts, query: str
) -> None:
    with search.statements() as sent:
        found = await find(search, mine, query)
    assert (found["totalCount"], found["nodes"], found["edges"]) == (0, [], [])
    assert set(found["pageInfo"].values()) == {False, None}
    assert sent == []


@examples(30)
@given(query=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
async def test_any_string_is_a_valid_query(searching: Workline, mine: Texts, query: str) -> None:
    await find(searching, mine, query, first=5)


@examples(30)
@given(query=st.text("ab' \"\\&|!:*()<->-@.,ü1\x02\x03\x1f", max_size=30))
async def test_any_operator_is_a_valid_query(searching: Workline, mine: Texts, query: str) -> None:
    await find(searching, mine, query, first=5)


async def test_an_empty_list_of_types_finds_nothing(search: Workline, mine: Texts) -> None:
    assert (await find(search, mine, "bike", types=[]))["totalCount"] == 0


async def test_a_changed_row_is_found_by_its_current_words(own_workline: Workline) -> None:
    query = '{ search(query: "zebra") { nodes { ... on Task { title } } } }'
    assert (await own_workline.fetch(query))["search"]["nodes"] == []
    created = await own_workline.fetch('mutation { createTask(input: {title: "Feed the zebra"}) { task { id } } }')
    assert (await own_workline.fetch(query))["search"]["nodes"] == [{"title": "Feed the zebra"}]
    async with own_workline.database.as_system() as connection:
        await connection.execute(
            "UPDATE tasks SET title = 'Feed the lion' WHERE id = $1", created["createTask"]["task"]["id"]
        )
    assert (await own_workline.fetch(query))["search"]["nodes"] == []
