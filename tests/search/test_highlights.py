"""Highlights show where a search found something, as HTML that is safe to put into a page."""

import re
from html import unescape
from unicodedata import normalize

from hypothesis import given

from tests.engine.examples import examples
from tests.search.finding import find
from tests.search.texts import Term, Texts, terms, unaccented, written
from tests.support.workline import Workline

FIND = "query ($words: String!) { search(query: $words) { edges { highlight } } }"
CREATE = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { errors { message } } }"


async def highlight(workline: Workline, words: str, title: str, description: str = "") -> str:
    """How a task is shown that is found by these words and no other."""
    await workline.ask(CREATE, input={"title": title, "description": description})
    (edge,) = (await workline.ask(FIND, words=words))["search"]["edges"]
    shown: str = edge["highlight"]
    return shown


def marked(shown: str) -> list[str]:
    return [unescape(word) for word in re.findall("<mark>(.*?)</mark>", shown)]


def plain(shown: str) -> str:
    return unescape(re.sub("</?mark>", "", shown))


async def test_what_was_looked_for_is_marked(own_workline: Workline) -> None:
    shown = await highlight(own_workline, "zebra sadd", "Find the Zebra", "Its saddle, its\n SADDLES and its hay.")
    assert shown == "Find the <mark>Zebra</mark> … Its <mark>saddle</mark>, its <mark>SADDLES</mark> and its hay."


async def test_only_the_texts_are_shown_that_something_was_found_in(own_workline: Workline) -> None:
    assert await highlight(own_workline, "zebra", "Find it", "It is a zebra.") == "It is a <mark>zebra</mark>."


async def test_words_are_marked_whatever_stands_between_them(own_workline: Workline) -> None:
    text = "zebra/saddle,zebra.hay_zebra@zebra.org „zebra“–zebra👍zebra's"  # noqa: RUF001
    assert await highlight(own_workline, "zebra", text) == text.replace("zebra", "<mark>zebra</mark>").replace(
        "'", "&#x27;"
    )


async def test_longer_words_are_marked_by_their_beginnings_only(own_workline: Workline) -> None:
    shown = await highlight(own_workline, "zeb* horse", "Zebras and a gazebra", "One horse, two horses, a racehorse.")
    assert shown == (
        "<mark>Zebras</mark> and a gazebra … One <mark>horse</mark>, two <mark>horses</mark>, a racehorse."
    )


async def test_a_phrase_is_marked_where_it_stands(own_workline: Workline) -> None:
    shown = await highlight(own_workline, '"the zebra" hay', "A zebra is not the <zebra>", "The hay, the zebra.")
    assert shown == (
        "A zebra is not <mark>the</mark> &lt;<mark>zebra</mark>&gt; … "
        "The <mark>hay</mark>, <mark>the</mark> <mark>zebra</mark>."
    )


async def test_a_phrase_may_repeat_a_word_or_go_on_in_the_next_text(own_workline: Workline) -> None:
    assert await highlight(own_workline, '"zebra zebra"', "zebra Zebra") == "<mark>zebra</mark> <mark>Zebra</mark>"
    shown = await highlight(own_workline, '"big lion"', "So big", "lion")
    assert shown == "So <mark>big</mark> … <mark>lion</mark>"


async def test_what_must_not_occur_is_not_marked(own_workline: Workline) -> None:
    shown = await highlight(own_workline, 'zebra -"big hay"', "A big zebra", "eats hay")
    assert shown == "A big <mark>zebra</mark>"


async def test_a_text_cannot_be_taken_for_html(own_workline: Workline) -> None:
    shown = await highlight(own_workline, "zebra", "<script>alert('zebra')</script> & \"zebra\" <mark> &amp;")
    assert shown == (
        "&lt;script&gt;alert(&#x27;<mark>zebra</mark>&#x27;)&lt;/script&gt; &amp; &quot;<mark>zebra</mark>&quot; "
        "&lt;mark&gt; &amp;amp;"
    )


async def test_of_a_long_text_the_parts_are_shown_that_matter(own_workline: Workline) -> None:
    hay = " ".join(f"hay{number}" for number in range(300))
    shown = await highlight(own_workline, "zebra saddle", "Work", f"{hay} zebra {hay} saddle {hay}")
    first, second = shown.split(" … ")
    assert first == "hay292 hay293 hay294 hay295 hay296 hay297 hay298 hay299 <mark>zebra</mark> " + " ".join(
        f"hay{number}" for number in range(24)
    )
    assert marked(second) == ["saddle"]


async def test_every_type_has_its_highlight(workline: Workline) -> None:
    found = (await workline.ask('{ search(query: "alpha", first: 100) { edges { highlight node { __typename } } } }'))[
        "search"
    ]
    shown = {edge["node"]["__typename"]: edge["highlight"] for edge in found["edges"]}
    assert set(shown) == {"Task", "Post", "Comment", "Worker"}
    assert all("<mark>Alpha</mark>" in each for each in shown.values())


@examples(40)
@given(terms=terms())
async def test_only_what_was_looked_for_is_marked_and_nothing_is_made_up(
    searching: Workline, mine: Texts, terms: list[Term]
) -> None:
    texts = {str(each.id): each for each in mine.documents}
    wanted = [term for term in terms if not term.without]
    for edge in (await find(searching, mine, written(terms)))["edges"]:
        document = texts[edge["node"]["id"]]
        parts = [" ".join(part.split()) for part in (document.heading, document.text) if part]
        whole = normalize("NFC", " … ".join(parts))
        assert all(part in whole for part in plain(edge["highlight"]).split(" … "))
        assert all(any(is_meant(word, term) for term in wanted) for word in marked(edge["highlight"]))
        assert marked(edge["highlight"])


def is_meant(word: str, term: Term) -> bool:
    """Whether a word is one of the term's."""
    *whole, last = map(unaccented, term.words)
    word = unaccented(word)
    return word in whole or word == last or (term.beginning and word.startswith(last))
