"""Slots: the places of values in a list and its page, so that one compiled statement serves every value.

What remains of a list when its values are taken out is the shape of its statement, which is the same for arguments of
the same form.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value that is only known when the statement runs."""

    name: str


def bound(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """``value`` as a parameter of a statement: a named one for a slot, else one that holds the value."""
    return bindparam(value.name, type_=kind) if isinstance(value, Slot) else literal(value, kind)


@dataclass(slots=True)
class Values:
    """The values that were taken out, by the names of their slots."""

    taken: dict[str, Any]

    def slot(self, value: Any) -> Slot:
        name = f"value_{len(self.taken)}"
        self.taken[name] = value
        return Slot(name)
