"""Pools of values: those of rows, those of no row, and invalid ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.plan.documents.tree import Arguments

UNKNOWN = str(UUID(int=7))


@dataclass(frozen=True, repr=False)
class Pools:
    """Values by kind.

    ``ids`` are ids of some rows by the name of their type, ``foreign`` ids of another organization;
    ``scalars`` are all other values except strings, by the names of their types.

    ``words`` are the strings of arguments and input fields by name, and ``odd_words`` invalid ones.
    ``mutations`` are the arguments with which
    mutations may be called: those that leave the data unchanged.
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
        """Return ids for a field or type ``about`` (``Book``, ``authorId``), or all; and two unknown ones."""
        names = [name for name in self.ids if about.lower().removesuffix("id").endswith(name.lower())]
        found = [id for name in names or self.ids for id in self.ids[name]]
        return [*found, self.foreign[0], UNKNOWN]
