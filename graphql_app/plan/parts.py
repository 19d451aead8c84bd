"""What a generated function does with the rows of a list: divides them among their keys, and trims what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[Any]


def split(rows: Rows, keys: Sequence[Any]) -> dict[Any, list[Any]]:
    """Each key's rows, which begin with its number among the keys, in the order in which they came."""
    found: list[list[Any]] = [[] for _ in range(len(keys) + 1)]
    for row in rows:
        found[row[0]].append(row)
    return dict(zip(keys, found[1:], strict=True))


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it is asked for. Its rows come in the direction of reading, and one too many when there are more."""

    size: int
    backward: bool

    def split(self, rows: Rows, keys: Sequence[Any]) -> dict[Any, tuple[Rows, bool]]:
        """Each key's page."""
        return {key: self.kept(items) for key, items in split(rows, keys).items()}

    def kept(self, rows: Rows) -> tuple[Rows, bool]:
        """The page's rows in the list's order, and whether there are more in the direction of reading."""
        kept = rows[: self.size]
        return (kept[::-1] if self.backward else kept), len(rows) > self.size
