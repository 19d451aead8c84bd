"""Cursors of search results, as opaque texts. They are bound to the words and types of the search."""

from hashlib import blake2s
from math import isfinite
from uuid import UUID

from graphql_app.errors import BadUserInput
from graphql_app.sql.cursors import MALFORMED, pack, unpack
from schema.search.models import SearchType
from schema.search.statements import Asked, Place


def encode(asked: Asked, place: Place) -> str:
    """Return the cursor of a place."""
    return pack(_mark(asked), place.rank, str(place.id), place.type.value)


def decode(cursor: str, asked: Asked) -> Place:
    """Return the place of ``cursor``. Raises BadUserInput for a text that is no cursor of this search."""
    rank, id, kind = unpack(cursor, _mark(asked), 3)
    if not isinstance(rank, float) or not isfinite(rank) or not isinstance(id, str):
        raise BadUserInput(MALFORMED)
    try:
        return Place(rank, UUID(id), SearchType(kind))
    except ValueError as error:
        raise BadUserInput(MALFORMED) from error


def _mark(asked: Asked) -> str:
    text = f"search:{','.join(asked.types)}:{asked.words.tsquery}"
    return blake2s(text.encode(), digest_size=6).hexdigest()
