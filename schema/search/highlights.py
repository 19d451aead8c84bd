"""Highlights of search results: the matching parts of texts, as HTML with marks.

PostgreSQL's ts_headline is not used: it also marks words that must not occur, marks nothing if a phrase repeats a word,
takes ``door/window`` for one word, and differs in each version of PostgreSQL.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from html import escape
from unicodedata import normalize

from schema.search.query_parser import MARKS, Term, Words, fold

SHORT = 200
"""Characters of a text that is shown as a whole."""
BEFORE, AFTER = 60, 140
"""Characters before and after the first match in a part of a longer text."""
MOST_PARTS = 2
BETWEEN = " … "
_WORD = re.compile(rf"[^\W_](?:[^\W_]|{MARKS})*")


def highlight(texts: Iterable[str | None], words: Words) -> str:
    """Return parts of ``texts`` as HTML on one line: escaped, with matches in ``<mark>``; empty without a text.

    Safe to put into a page. If the words of a phrase are found in different texts, each is marked by itself.
    """
    lines = [Line(" ".join(text.split())) for text in texts if text]
    for terms in (words.wanted, _apart(words)) if lines else ():
        pattern = _pattern(terms)
        parts = [_marked(line, *part, pattern) for line in lines for part in _parts(line, pattern)]
        if parts:
            return BETWEEN.join(parts)
    return escape(lines[0].text[:SHORT]) if lines else ""


class Line:
    """Text on one line, and its folded form, in which matches are found. All positions are code points of the text."""

    def __init__(self, text: str) -> None:
        self.text = normalize("NFC", text)
        letters = [fold(letter) for letter in self.text]
        self._folded = "".join(letters)
        self._positions = [*(index for index, letter in enumerate(letters) for _ in letter), len(self.text)]

    def spans(self, pattern: re.Pattern[str], start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the positions of the matches in a part of the text, with the marks that follow their last letters."""
        first, last = bisect_left(self._positions, start), bisect_left(self._positions, end)
        for found in pattern.finditer(self._folded, first, last):
            until = self._positions[found.end() - 1] + 1
            while until < end and not fold(self.text[until]):
                until += 1
            yield self._positions[found.start()], until


def _apart(words: Words) -> list[Term]:
    """Return each of the words as a separate term."""
    return [
        Term((word,), without=False, beginning=term.beginning and word == term.words[-1])
        for term in words.wanted
        for word in term.words
    ]


def _pattern(terms: Iterable[Term]) -> re.Pattern[str]:
    """Return a pattern of any of the terms, the longest first, between characters that do not belong to words."""
    texts = sorted({_text(term) for term in terms}, key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(texts)})(?![^\W_])", re.IGNORECASE)


def _text(term: Term) -> str:
    return r"[\W_]+".join(map(re.escape, term.words)) + (r"[^\W_]*" if term.beginning else "")


def _parts(line: Line, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of the parts of a text that contain a match."""
    end = 0
    for _ in range(MOST_PARTS):
        found = next(line.spans(pattern, end, len(line.text)), None)
        if found is None:
            return
        start, end = (0, len(line.text)) if len(line.text) <= SHORT else _around(line.text, *found, end)
        yield start, end


def _around(text: str, first: int, last: int, least: int) -> tuple[int, int]:
    """Return start and end of a part around a match, at spaces if there are any."""
    start, end = max(least, first - BEFORE), min(len(text), last + AFTER)
    if start:
        start = max(start, text.find(" ", start, first) + 1)
    if end < len(text):
        space = text.rfind(" ", last, end)
        end = space if space > 0 else end
    return start, end


def _marked(line: Line, start: int, end: int, pattern: re.Pattern[str]) -> str:
    """Return a part of the text as HTML, with each matching word marked."""
    html, done = "", start
    for span in line.spans(pattern, start, end):
        for word in _WORD.finditer(line.text, *span):
            html += f"{escape(line.text[done : word.start()])}<mark>{escape(word.group())}</mark>"
            done = word.end()
    return html + escape(line.text[done:end])
