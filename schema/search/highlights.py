"""Highlights of search results: the matching parts of texts, as HTML with marks.

PostgreSQL's ts_headline is not used: it also marks words that must not occur, marks nothing if a phrase repeats a word,
takes ``door/window`` for one word, and differs in each version of PostgreSQL.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape

from schema.search.words import Term, Words

SHORT = 200
"""Characters of a text that is shown as a whole."""
BEFORE, AFTER = 60, 140
"""Characters before and after the first match in a part of a longer text."""
MOST_PARTS = 2
BETWEEN = " … "
_WORD = re.compile(r"[^\W_]+")


def highlight(texts: Iterable[str | None], words: Words) -> str:
    """Return parts of ``texts`` as HTML on one line: escaped, with matches in ``<mark>``; empty without a text.

    Safe to put into a page. If the words of a phrase are found in different texts, each is marked by itself.
    """
    lines = [" ".join(text.split()) for text in texts if text]
    for terms in (words.wanted, _apart(words)) if lines else ():
        pattern = _pattern(terms)
        parts = [_marked(part, pattern) for line in lines for part in _parts(line, pattern)]
        if parts:
            return BETWEEN.join(parts)
    return escape(lines[0][:SHORT]) if lines else ""


def _apart(words: Words) -> list[Term]:
    """Return each of the words as a term of its own."""
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


def _parts(line: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the parts of a text that contain a match."""
    end = 0
    for _ in range(MOST_PARTS):
        found = pattern.search(line, end)
        if found is None:
            return
        start, end = (0, len(line)) if len(line) <= SHORT else _around(line, found, end)
        yield line[start:end]


def _around(line: str, found: re.Match[str], least: int) -> tuple[int, int]:
    """Return start and end of a part around a match, at spaces if there are any."""
    start, end = max(least, found.start() - BEFORE), min(len(line), found.end() + AFTER)
    if start:
        start = max(start, line.find(" ", start, found.start()) + 1)
    if end < len(line):
        space = line.rfind(" ", found.end(), end)
        end = space if space > 0 else end
    return start, end


def _marked(part: str, pattern: re.Pattern[str]) -> str:
    """Return the part as HTML, with each matching word marked."""
    shown, end = "", 0
    for found in pattern.finditer(part):
        for word in _WORD.finditer(part, *found.span()):
            shown += f"{escape(part[end : word.start()])}<mark>{escape(word.group())}</mark>"
            end = word.end()
    return shown + escape(part[end:])
