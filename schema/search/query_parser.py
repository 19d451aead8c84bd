"""Parser of search queries.

Every word must occur. The last one may be a prefix, because it may be incomplete, and so may any other that ends in
``*``. Words in ``"quotes"`` are adjacent. Words after a ``-`` must not occur. Accents are ignored, in queries and in
texts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import normalize

from graphql_app.errors import BadUserInput, ValueLimit

MARKS = r"[\u0300-\u036f]+"
"""Combining marks, as a regular expression of both PostgreSQL and Python. A decomposed letter begins with its base."""
LETTERS = ("ØøŁłĐđĦħŦŧı", "OoLlDdHhTti")
"""Letters that Unicode does not decompose, and their replacements."""
LIGATURES = (("ß", "ss"), ("ẞ", "SS"), ("Æ", "AE"), ("æ", "ae"), ("Œ", "OE"), ("œ", "oe"), ("Þ", "TH"), ("þ", "th"))
"""Letters with a replacement of two letters."""
SEPARATORS = (
    r"[-/.@+<&~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf"
    r"\u2190-\u2bff\u3000-\u3004\u3008-\u3020\u3030\ufe00-\ufe0f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\U0001f000-\U0001faff]"
)
"""Characters between words, as a regular expression of both PostgreSQL and Python.

By default, PostgreSQL keeps ``door/window``, ``done.Next`` or ``a@b.org`` together as names of files, hosts and
addresses, and under some locales takes all that is not ASCII for letters, quotation marks and dashes too.
"""
MOST_CHARACTERS, MOST_WORDS = 200, 40
LEAST_BEGINNING = 2
"""Characters. A single letter begins nearly every word, so it is matched as a whole word."""

_MARKS, _LETTERS = re.compile(MARKS), str.maketrans(*LETTERS) | str.maketrans(dict(LIGATURES))
_BETWEEN = re.compile(rf"(?:[\s!-/:-@\[-`{{-~]|{SEPARATORS})+")
_TERM = re.compile(r'(?P<without>-?)(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """Adjacent words. ``without``: they must not occur. ``beginning``: a prefix of the last word matches."""

    words: tuple[str, ...]
    without: bool
    beginning: bool

    @property
    def tsquery(self) -> str:
        *whole, last = map(_quoted, self.words)
        text = " <-> ".join([*whole, f"{last}:*" if self.beginning else last])
        return f"!({text})" if self.without else f"({text})"


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a query."""

    terms: tuple[Term, ...]

    @property
    def wanted(self) -> tuple[Term, ...]:
        """Terms that must occur. Without any, nothing is found."""
        return tuple(term for term in self.terms if not term.without)

    @property
    def tsquery(self) -> str:
        """Query in the syntax of ``to_tsquery``, valid for any input."""
        return " & ".join(term.tsquery for term in self.terms)


def fold(text: str) -> str:
    """Return the text without accents, ligatures and compatibility forms, like ``folded`` in PostgreSQL."""
    return normalize("NFC", _MARKS.sub("", normalize("NFKD", text))).translate(_LETTERS)


def read_words(text: str) -> Words:
    """Parse a search query. Raises BadUserInput if it is too long."""
    if len(text) > MOST_CHARACTERS:
        limit = ValueLimit(max_length=MOST_CHARACTERS)
        raise BadUserInput(f"Must be at most {MOST_CHARACTERS} characters.", limit=limit)
    terms = tuple(_terms(fold(text)))
    if sum(len(term.words) for term in terms) > MOST_WORDS:
        raise BadUserInput(f"Must have at most {MOST_WORDS} words.")
    return Words(terms)


def _terms(text: str) -> Iterator[Term]:
    end = len(text.rstrip())
    for found in _TERM.finditer(text):
        words = tuple(word for word in _BETWEEN.split(found["phrase"] or found["word"] or "") if _has_letter(word))
        if words:
            beginning = len(words[-1]) >= LEAST_BEGINNING and _may_go_on(found, last=found.end() == end)
            yield Term(words, bool(found["without"]), beginning)


def _may_go_on(found: re.Match[str], *, last: bool) -> bool:
    """Return True for a word that ends in ``*``, and for the last one unless it is excluded or in closed quotes."""
    if found["word"] and found["word"].endswith("*"):
        return True
    return last and not found["closed"] and not found["without"]


def _has_letter(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _quoted(word: str) -> str:
    """Return a word as an operand of ``to_tsquery``, which parses it like any text."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
