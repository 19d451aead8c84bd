"""Highlights of the matches, as HTML that is safe to embed in a page."""

import re
from html import unescape
from unicodedata import normalize

from hypothesis import given

from tests.engine.examples import examples
from tests.search.finding import find
from tests.search.texts import Term, Texts, terms, unaccented, written
from tests.support.api import Workline

FIND = "query ($words: String!) { search(query: $words) { edges { highlight } } }"
CREATE = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { errors { message } } }"


async def highlight(workline: Workline, words: str, title: str, description: str = "") -> str:
    """Return the highlight of a task that only these words find."""
    await workline.fetch(CREATE, input={"title": title, "description": description})
    (edge,) = (await workline.fetch(FIND, words=words))["search"]["edges"]
    shown: str = edge["highlight"]
    return shown


def marked(shown: str) -> list[str]:
    return [unescape(word) for word in re.findall("<mark>(.*?)</mark>", shown)]


def plain(shown: str) -> str:
    return unescape(re.sub("</?mark>", "", shown))


async def test_matches_are_marked(own_workline: Workline) -> None:
    shown = await highlight(own_workline, "zebra sadd", "Find the Zebra", "Its saddle, its\n SADDLES and its hay.")
    assert shown == "Find the <mark>Zebra</mark> … Its <mark>saddle</mark>, its <mark>SADDLES</mark> and its hay."


async def test_only_texts_with_matches_are_shown(own_workline: Workline) -> None:
    assert await highlight(own_workline, "zebra", "Find it", "It is a zebra.") == "It is a <mark>zebra</mark>."


async def test_words_are_marked_whatever_separates_them(own_workline: Workline) -> None:
    text = "zebra/saddle,zebra.hay_zebra@zebra.org „zebra“–zebra👍zebra's"  # noqa: RUF001
    assert await highlight(own_workline, "zebra", text) == text.replace("zebra", "<mark>zebra</mark>").replace(
        "'", "&#x27;"
    )


async def test_only_the_beginnings_of_longer_words_are_marked(own_workline: Workline) -> None:
    shown = await highlight(own_workline, "zeb* horse", "Zebras and a gazebra", "One horse, two horses, a racehorse.")
    assert shown == (
        "<mark>Zebras</mark> and a gazebra … One <mark>horse</mark>, two <mark>horses</mark>, a racehorse."
    )


async def test_a_phrase_is_marked(own_workline: Workline) -> None:
    shown = await highlight(own_workline, '"the zebra" hay', "A zebra is not the <zebra>", "The hay, the zebra.")
    assert shown == (
        "A zebra is not <mark>the</mark> &lt;<mark>zebra</mark>&gt; … "
        "The <mark>hay</mark>, <mark>the</mark> <mark>zebra</mark>."
    )


async def test_a_phrase_may_repeat_a_word_or_cross_texts(own_workline: Workline) -> None:
    assert await highlight(own_workline, '"zebra zebra"', "zebra Zebra") == "<mark>zebra</mark> <mark>Zebra</mark>"
    shown = await highlight(own_workline, '"big lion"', "So big", "lion")
    assert shown == "So <mark>big</mark> … <mark>lion</mark>"


async def test_excluded_words_are_not_marked(own_workline: Workline) -> None:
    shown = await highlight(own_workline, 'zebra -"big hay"', "A big zebra", "eats hay")
    assert shown == "A big <mark>zebra</mark>"


async def test_texts_are_escaped(own_workline: Workline) -> None:
    shown = await highlight(own_workline, "zebra", "<script>alert('zebra')</script> & \"zebra\" <mark> &amp;")
    assert shown == (
        "&lt;script&gt;alert(&#x27;<mark>zebra</mark>&#x27;)&lt;/script&gt; &amp; &quot;<mark>zebra</mark>&quot; "
        "&lt;mark&gt; &amp;amp;"
    )


async def test_only_relevant_parts_of_a_long_text_are_shown(own_workline: Workline) -> None:
    hay = " ".join(f"hay{number}" for number in range(300))
    shown = await highlight(own_workline, "zebra saddle", "Work", f"{hay} zebra {hay} saddle {hay}")
    first, second = shown.split(" … ")
    assert first == "hay292 hay293 hay294 hay295 hay296 hay297 hay298 hay299 <mark>zebra</mark> " + " ".join(
        f"hay{number}" for number in range(24)
    )
    assert marked(second) == ["saddle"]


async def test_every_type_has_a_highlight(workline: Workline) -> None:
    found = (
        await workline.fetch('{ search(query: "alpha", first: 100) { edges { highlight node { __typename } } } }')
    )["search"]
    shown = {edge["node"]["__typename"]: edge["highlight"] for edge in found["edges"]}
    assert set(shown) == {"Task", "Post", "Comment", "Worker"}
    assert all("<mark>Alpha</mark>" in each for each in shown.values())


@examples(40)
@given(terms=terms())
async def test_highlights_contain_only_the_text_and_mark_only_matches(
    searching: Workline, mine: Texts, terms: list[Term]
) -> None:
    texts = {str(each.id): each for each in mine.documents}
    wanted = [term for term in terms if not term.without]
    for edge in (await find(searching, mine, written(terms)))["edges"]:
        document = texts[edge["node"]["id"]]
        parts = [" ".join(part.split()) for part in (document.heading, document.text) if part]
        whole = normalize("NFC", " … ".join(parts))
        assert all(part in whole for part in plain(edge["highlight"]).split(" … "))
        assert all(any(is_match(word, term) for term in wanted) for word in marked(edge["highlight"]))
        assert marked(edge["highlight"])


def is_match(word: str, term: Term) -> bool:
    """Return True if a word matches the term."""
    *whole, last = map(unaccented, term.words)
    word = unaccented(word)
    return word in whole or word == last or (term.beginning and word.startswith(last))
