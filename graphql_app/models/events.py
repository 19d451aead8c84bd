"""Declaration of a model's events, which are written to the outbox in the transaction of each change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, LargeBinary

__all__ = ["EVENTS", "EventPolicy"]


@dataclass(frozen=True, slots=True)
class EventPolicy:
    """Events of a model: one for each record that a transaction creates, updates or deletes.

    ``excluded`` are columns whose values events never contain, such as secrets. Binary columns are always excluded.
    """

    excluded: tuple[str, ...] = ()


EVENTS = EventPolicy()
"""Events with the values of all columns."""


def subject_name(model: type) -> str:
    """Return the first part of the model's event types: ``order_line`` in ``order_line.created``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.__name__).lower()


BOOKKEEPING = frozenset({"organization_id", "id", "version", "created_at", "updated_at"})
"""Columns that events do not repeat."""


def logged_columns(columns: Mapping[str, Column[Any]], policy: EventPolicy) -> tuple[str, ...]:  # of any types
    """Return the columns whose values events contain, by the names of their attributes."""
    left_out = BOOKKEEPING | set(policy.excluded)
    return tuple(
        name for name, column in columns.items() if name not in left_out and not isinstance(column.type, LargeBinary)
    )
