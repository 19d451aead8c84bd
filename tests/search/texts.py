"""Two organizations with random texts from few words, and the expected results of searches in Python."""

import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st

from graphql_app.viewer import Viewer
from tests.support.databases import TestDatabase

WORDS = [
    *("mend", "mending", "mended", "mendo", "bike", "bikes", "door", "doors", "window"),
    *("a", "an", "it", "s", "ÜBER", "über", "uber", "straße", "café", "cafe\u0301", "Łódź", "东京", "v2", "42", "420"),
]
BETWEEN = [" ", " ", " ", "/", ".", ", ", "-", "'", "_", "@", "\n", " & ", "<b>", "~", "👍"]
BETWEEN += [" – ", "’", " „", "… "]  # noqa: RUF001
TABLES = {
    "TASK": ("tasks", "title", "description"),
    "POST": ("posts", "title", "body"),
    "COMMENT": ("comments", None, "body"),
    "WORKER": ("workers", "name", None),
}
ROWS = 60
"""Rows of each type in each organization."""


def unaccented(text: str) -> str:
    """Return a text in lower case without accents, as far as the words above need it."""
    letters = unicodedata.normalize("NFD", text.replace("ß", "ss").replace("Ł", "L"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


@dataclass(frozen=True, slots=True)
class Document:
    """Searchable row. ``heading`` or ``text`` may be missing."""

    type: str
    id: UUID
    heading: str | None
    text: str | None

    @property
    def words(self) -> list[str]:
        text = f"{self.heading or ''} {self.text or ''}".replace("<b>", " b ")
        return re.findall(r"[^\W_]+", unaccented(text))


class Texts:
    """Organization with its searchable rows."""

    def __init__(self, organization: UUID, member: UUID, documents: list[Document]) -> None:
        self.organization = organization
        self.documents = documents
        self._member = member

    def viewer(self) -> Viewer:
        return Viewer(self._member, self.organization, "MEMBER")

    def matching(self, terms: Iterable["Term"], types: Iterable[str] = tuple(TABLES)) -> set[tuple[str, str]]:
        """Return the types and ids of the rows that match all terms."""
        wanted = list(terms)
        found = [each for each in self.documents if each.type in types and all(term.fits(each) for term in wanted)]
        return {(each.type, str(each.id)) for each in found}


@dataclass(frozen=True, slots=True)
class Term:
    """Adjacent words, or with ``without`` excluded ones; the last may be a ``beginning``."""

    words: tuple[str, ...]
    without: bool = False
    beginning: bool = False
    quoted: bool = False

    def fits(self, document: Document) -> bool:
        there = any(self._at(document.words[start:]) for start in range(len(document.words)))
        return there != self.without

    def _at(self, words: list[str]) -> bool:
        *whole, last = map(unaccented, self.words)
        if len(words) < len(self.words) or words[: len(whole)] != whole:
            return False
        found = words[len(whole)]
        return found.startswith(last) if self.beginning and len(last) > 1 else found == last

    def __str__(self) -> str:
        text = f'"{" ".join(self.words)}"' if self.quoted else "/".join(self.words)
        return f"{'-' if self.without else ''}{text}{'*' if self.beginning and not self.quoted else ''}"


def terms() -> st.SearchStrategy[list[Term]]:
    """Return a strategy of searches with at least one required word."""
    beginnings = st.sampled_from(["me", "men", "bi", "do", "W", "üb", "UB", "lod", "cafe", "4", "42", "东", "str", "x"])
    word = st.one_of(st.sampled_from(WORDS).map(lambda each: (each,)), beginnings.map(lambda each: (each,)))
    phrase = st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(tuple)
    wanted = st.one_of(
        st.builds(Term, word, beginning=st.booleans()),
        st.builds(Term, phrase, quoted=st.just(True)),
        st.builds(Term, phrase, beginning=st.booleans()),
    )
    unwanted = st.one_of(
        st.builds(Term, word, without=st.just(True), beginning=st.booleans()),
        st.builds(Term, phrase, without=st.just(True), quoted=st.just(True)),
    )
    return st.builds(
        lambda some, more: [*some, *more],
        st.lists(wanted, min_size=1, max_size=3),
        st.lists(unwanted, max_size=2),
    )


def written(terms: list[Term]) -> str:
    """Return the terms as a query. Each is closed with quotes, so that the last word is not a prefix."""
    return " ".join(map(str, terms)) + ' ""'


@dataclass(slots=True)
class Writer:
    """Writer of an organization with random texts that depend only on ``seed``."""

    seed: int
    organization: UUID = field(default_factory=uuid4)
    user: UUID = field(default_factory=uuid4)
    documents: list[Document] = field(default_factory=list)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def write(self, database: TestDatabase) -> Texts:
        async with database.as_system() as connection:
            await connection.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Texts')", self.organization)
            await connection.execute(
                "INSERT INTO users (organization_id, id, name, email, role) VALUES ($1, $2, 'Ada', 'a@b.c', 'MEMBER')",
                self.organization,
                self.user,
            )
            for type in TABLES:
                for values in self._rows(type):
                    names = ", ".join(values)
                    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
                    table = TABLES[type][0]
                    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())
        return Texts(self.organization, self.user, self.documents)

    def _rows(self, type: str) -> Iterator[dict[str, Any]]:
        _, heading, text = TABLES[type]
        for _ in range(ROWS):
            row: dict[str, Any] = {"organization_id": self.organization, "id": uuid4(), **self._references(type)}
            row |= {heading: self._text(1, 4)} if heading else {}
            row |= {text: self._text(0, 9) if type == "TASK" else self._text(1, 9)} if text else {}
            if type == "TASK" and self._chance.random() < 0.3:
                row["description"] = None
            self.documents.append(Document(type, row["id"], row.get(heading or ""), row.get(text or "")))
            yield row

    def _references(self, type: str) -> dict[str, Any]:
        match type:
            case "TASK":
                return {"creator_id": self.user, "status": "OPEN", "priority": 3}
            case "POST":
                return {"author_id": self.user}
            case "COMMENT":
                on = [each.id for each in self.documents if each.type == "TASK"]
                return {"author_id": self.user, "task_id": self._chance.choice(on)}
        return {"hourly_rate": 10}

    def _text(self, least: int, most: int) -> str:
        words = [self._chance.choice(WORDS) for _ in range(self._chance.randint(least, most))]
        return "".join(f"{word}{self._chance.choice(BETWEEN)}" for word in words)
