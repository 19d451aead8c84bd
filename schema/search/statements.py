"""The statements of the search: what matches, how many that is, and what the texts say.

Only ``find_texts`` sees past row-level security, and it tells ids; texts are read as every row is.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import REAL, Integer, Select, Text, Uuid, case, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import aliased

from graphql_app.statements.parameters import in_tenant
from schema.search.models import SEARCHED, Searched, SearchType
from schema.search.words import Words


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for, and among what."""

    words: Words
    types: tuple[SearchType, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands among all that matches: the best first, of equals the newest."""

    rank: float
    id: UUID
    type: SearchType


def select_matches(asked: Asked, most: int, after: Place | None, *, texts: bool) -> Select[Any]:
    """At most ``most`` that stand after a place: ``(kind, id, rank)``, and if wanted the list of their ``texts``."""
    found = _matches(asked, most, after)
    more = [_texts(found)] if texts else []
    best_first = (each.desc() for each in (found.c.rank, found.c.id, found.c.kind))
    return select(found.c.kind, found.c.id, found.c.rank, *more).order_by(*best_first)


def select_match_count(asked: Asked) -> Select[Any]:
    """How many match: ``(count,)``."""
    return select(func.count()).select_from(_matches(asked, None, None))


def _matches(asked: Asked, most: int | None, after: Place | None) -> Any:
    kinds = cast([each.value for each in asked.types], ARRAY(Text()))
    rank, id, kind = (after.rank, after.id, after.type.value) if after else (None, None, None)
    place: list[Any] = [cast(rank, REAL()), cast(id, Uuid()), cast(kind, Text())]
    query = func.to_tsquery(literal_column("'simple'::regconfig"), asked.words.tsquery)
    found = func.find_texts(query, kinds, cast(most, Integer()), *place)
    return found.table_valued(column("kind", Text()), column("id", Uuid()), column("rank", REAL()), name="found")


def _texts(found: Any) -> Any:
    """The texts of what was found, from whichever table it is in: rows that the viewer sees, as all rows are read."""
    return case(*((found.c.kind == kind.value, _texts_of(searched, found.c.id)) for kind, searched in SEARCHED.items()))


def _texts_of(searched: Searched, id: Any) -> Any:
    row = aliased(searched.model)
    texts = array([getattr(row, name) for name in searched.texts])
    return select(texts).where(in_tenant(row), row.id == id).scalar_subquery()
