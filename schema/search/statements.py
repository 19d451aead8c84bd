"""Statements of the search: matches, their number, and their texts.

Only ``find_texts`` bypasses row-level security, and it returns ids. Texts are read with the viewer's rights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    REAL,
    BindParameter,
    Integer,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.sql.parameters import in_tenant
from schema.search.models import SEARCHED, Searched, SearchType
from schema.search.query_parser import Words

PARAMETERS: Mapping[str, TypeEngine[Any]] = {
    "words": Text(),
    "kinds": ARRAY(Text()),
    "most": Integer(),
    "rank": REAL(),
    "id": Uuid(),
    "kind": Text(),
}
"""Parameters of ``find_texts``, in its order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Query of a search: words and types."""

    words: Words
    types: tuple[SearchType, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Position among all matches: the best first, of equals the newest."""

    rank: float
    id: UUID
    type: SearchType


@cache
def matches(*, texts: bool) -> Compiled:
    """Return the statement for a page of matches: ``(kind, id, rank)``, and ``texts`` if requested."""
    found = _found()
    more = [_texts(found)] if texts else []
    best_first = (each.desc() for each in (found.c.rank, found.c.id, found.c.kind))
    return compile_statement(select(found.c.kind, found.c.id, found.c.rank, *more).order_by(*best_first))


@cache
def match_count() -> Compiled:
    """Return the statement for the number of matches: ``(count,)``."""
    return compile_statement(select(func.count()).select_from(_found()))


def parameters(asked: Asked, most: int | None = None, after: Place | None = None) -> dict[str, Any]:
    """Return the parameters of a search for at most ``most`` matches after a place."""
    place = {} if after is None else {"rank": after.rank, "id": after.id, "kind": after.type.value}
    return {"words": asked.words.tsquery, "kinds": [each.value for each in asked.types], "most": most, **place}


def _found() -> Any:
    given: dict[str, BindParameter[Any]] = {name: bindparam(name, None, kind) for name, kind in PARAMETERS.items()}
    query = func.to_tsquery(literal_column("'simple'::regconfig"), given.pop("words"))
    found = func.find_texts(query, *(cast(each, each.type) for each in given.values()))
    return found.table_valued(column("kind", Text()), column("id", Uuid()), column("rank", REAL()), name="found")


def _texts(found: Any) -> Any:
    """Return the texts of a match from the table of its type, restricted to rows that the viewer may see."""
    return case(*((found.c.kind == kind.value, _texts_of(searched, found.c.id)) for kind, searched in SEARCHED.items()))


def _texts_of(searched: Searched, id: Any) -> Any:
    row = aliased(searched.model)
    texts = array([getattr(row, name) for name in searched.texts])
    return select(texts).where(in_tenant(row), row.id == id).scalar_subquery()
