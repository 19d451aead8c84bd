"""What values are drawn from: some that rows have, some that they do not, and some that are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.plan.documents.tree import Arguments

UNKNOWN = str(UUID(int=7))


@dataclass(frozen=True, repr=False)
class Pools:
    """Values by what they are.

    ``ids`` are those of some rows by the name of their type, ``foreign`` those of another organization's;
    ``scalars`` are all values but ids and texts, by the names of their types.

    ``words`` are the texts of arguments and input fields by their names, and ``odd_words`` those that are refused.
    ``mutations`` are the arguments with which
    mutations may be called: such that the data stays as it is.
    """

    ids: Mapping[str, Sequence[str]]
    foreign: Sequence[str]
    texts: Sequence[str]
    scalars: Mapping[str, Sequence[Any]]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    odd_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mutations: Mapping[str, Sequence[Arguments]] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()
    """Fields whose resolvers raise errors for some rows."""

    def ids_for(self, about: str) -> Sequence[str]:
        """Ids that fit what is called ``about`` (``Book``, ``authorId``), or of everything; two that are nobody's."""
        names = [name for name in self.ids if about.lower().removesuffix("id").endswith(name.lower())]
        found = [id for name in names or self.ids for id in self.ids[name]]
        return [*found, self.foreign[0], UNKNOWN]
