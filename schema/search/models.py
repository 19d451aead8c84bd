"""Search columns: in each searched table, a column that PostgreSQL computes from its texts, with a GIN index.

The column is added to the table after its model was mapped: it is no attribute, so no row is ever read with it, and it
is not in the API. It is stored rather than computed by the index alone, because ranking reads it for every matching
row: 10 instead of 75 microseconds each, measured on rows of 35 words.
"""

from dataclasses import dataclass

from sqlalchemy import Column, Computed, Index
from sqlalchemy.dialects.postgresql import TSVECTOR

from graphql_app.models.base import TenantBase
from graphql_app.models.columns import Choice
from schema.people.models import Worker
from schema.search.query_parser import LETTERS, LIGATURES, MARKS, SEPARATORS
from schema.talk.models import Comment, Post
from schema.work.models import Task

COLUMN = "search_vector"


class SearchType(Choice):
    """Kinds of records that a search covers."""

    TASK = "TASK", "Tasks, by title and description."
    POST = "POST", "Posts, by title and body."
    COMMENT = "COMMENT", "Comments, by body."
    WORKER = "WORKER", "Workers, by name."


@dataclass(frozen=True, slots=True)
class Searched:
    """Searched texts of a model. A word in the heading weighs more than one in the text."""

    model: type[TenantBase]
    heading: str | None = None
    text: str | None = None

    @property
    def texts(self) -> list[str]:
        return [name for name in (self.heading, self.text) if name]


SEARCHED = {
    SearchType.TASK: Searched(Task, "title", "description"),
    SearchType.POST: Searched(Post, "title", "body"),
    SearchType.COMMENT: Searched(Comment, text="body"),
    SearchType.WORKER: Searched(Worker, "name"),
}


def vector_of(searched: Searched) -> str:
    """Return the column's expression in PostgreSQL's own form, so that the two can be compared.

    Accents are removed. Configuration ``simple``: whole words, in lower case. It treats names and all languages alike
    and drops no word from phrases. Prefixes replace stems. The organization is a word too, because a GIN index cannot
    begin with a column: this way the index leads to the rows of one organization only (``@`` begins no other word).
    """
    weighed = [_weighed(searched, name, weight) for name, weight in ((searched.heading, "A"), (searched.text, "B"))]
    words, *more = [part for part in weighed if part]
    for part in more:
        words = f"({words} || {part})"
    return f"({words} || array_to_tsvector(ARRAY[('@'::text || (organization_id)::text)]))"


def _weighed(searched: Searched, name: str | None, weight: str) -> str | None:
    if name is None:
        return None
    text = f"COALESCE({name}, ''::text)" if searched.model.__table__.c[name].nullable else name
    separated = f"regexp_replace({folded(text)}, '{SEPARATORS}'::text, ' '::text, 'g'::text)"
    return f"""setweight(to_tsvector('simple'::regconfig, {separated}), '{weight}'::"char")"""


def folded(text: str) -> str:
    """Return the expression of a text without accents, as :func:`schema.search.query_parser.fold` returns it in Python.

    PostgreSQL's ``normalize`` needs neither an extension nor ICU, and is immutable.
    https://www.postgresql.org/docs/current/functions-string.html
    """
    expression = f"regexp_replace(NORMALIZE({text}, NFKD), '{MARKS}'::text, ''::text, 'g'::text)"
    expression = f"translate(NORMALIZE({expression}, NFC), '{LETTERS[0]}'::text, '{LETTERS[1]}'::text)"
    for letter, letters in LIGATURES:
        expression = f"replace({expression}, '{letter}'::text, '{letters}'::text)"
    return expression


def make_searchable(searched: Searched) -> None:
    """Add the column and its index to the table."""
    comment = f"Search vector of {' and '.join(searched.texts)}, with the organization."
    table = searched.model.metadata.tables[searched.model.__tablename__]
    column = Column(COLUMN, TSVECTOR(), Computed(vector_of(searched), persisted=True), comment=comment)
    table.append_column(column)
    Index(f"ix_{table.name}_{COLUMN}", column, postgresql_using="gin")


for _searched in SEARCHED.values():
    make_searchable(_searched)
