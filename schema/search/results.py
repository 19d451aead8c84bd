"""Search results at run time, of which only the selected parts are queried."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql_app.loaders import Loaders
from graphql_app.plan.fields import RecordReference
from schema.search.cursors import encode
from schema.search.highlights import highlight
from schema.search.models import SEARCHED, SearchType
from schema.search.statements import Asked, Place, match_count, matches, parameters


@dataclass(frozen=True, slots=True)
class Hit:
    """Search result, with its texts if a highlight is selected."""

    asked: Asked
    place: Place
    texts: Sequence[str | None]

    @property
    def rank(self) -> float:
        return self.place.rank

    @property
    def cursor(self) -> str:
        return encode(self.asked, self.place)

    @property
    def key(self) -> RecordReference:
        return RecordReference(SEARCHED[self.place.type].model, self.place.id)

    @property
    def highlight(self) -> str:
        return highlight(self.texts, self.asked.words)


@dataclass(frozen=True, slots=True)
class Results:
    """Page of at most ``size`` matches, after a place."""

    loaders: Loaders
    asked: Asked
    size: int
    after: Place | None = None
    highlighted: bool = False

    async def edges(self) -> list[Hit]:
        return [self._hit(*row) for row in (await self._rows())[: self.size]]

    async def nodes(self) -> list[RecordReference]:
        """Return the keys of the records, which are read with the same rights as any."""
        return [hit.key for hit in await self.edges()]

    async def total_count(self) -> int:
        if not self.asked.words.wanted:
            return 0
        ((count,),) = await self.loaders.rows(("search count", self.asked), match_count(), parameters(self.asked))
        return int(count)

    async def has_next_page(self) -> bool:
        return len(await self._rows()) > self.size

    async def has_previous_page(self) -> bool:
        """Return True if the page begins after a cursor, whose match comes before it."""
        return self.after is not None

    async def start_cursor(self) -> str | None:
        return next((hit.cursor for hit in await self.edges()), None)

    async def end_cursor(self) -> str | None:
        return next((hit.cursor for hit in reversed(await self.edges())), None)

    async def _rows(self) -> Sequence[Any]:
        """Return the rows of the page, and one more if there is one."""
        if not self.asked.words.wanted:
            return ()
        name = ("search", self.asked, self.size, self.after, self.highlighted)
        values = parameters(self.asked, self.size + 1, self.after)
        return await self.loaders.rows(name, matches(texts=self.highlighted), values)

    def _hit(self, kind: str, id: Any, rank: float, texts: Sequence[str | None] = ()) -> Hit:
        return Hit(self.asked, Place(rank, id, SearchType(kind)), texts)
