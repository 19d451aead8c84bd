"""Limits of arguments and writes, and the context of filters, which applies them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from graphql_app.authorization import Requirement
from graphql_app.errors import BadUserInput

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of arguments.

    ``entities_most`` limits the representations that a gateway sends, ``filter_list`` the entries of a list in a
    filter, ``filter_depth`` the nesting of filters, and ``filter_conditions`` all conditions of one filter.
    """

    page_default: int = 25
    page_most: int = 100
    entities_most: int = 1_000
    filter_depth: int = 5
    filter_list: int = 200
    filter_conditions: int = 1_000
    order_keys: int = 8


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """Limits of writes: rows of one bulk mutation, and the lifetime of idempotency keys in seconds."""

    rows_most: int = 1_000
    keys_kept: float = 86_400.0


@dataclass(slots=True)
class ConditionCount:
    """Number of conditions of a filter so far."""

    conditions: int = 0


@dataclass(frozen=True, slots=True)
class FilterContext:
    """Context of the translation of a filter: the limits, its depth and its number of conditions so far.

    ``require`` raises Forbidden unless the viewer meets the requirement of a field.
    """

    limits: Limits
    require: Callable[[Requirement | None], None]
    depth: int = 0
    tally: ConditionCount = field(default_factory=ConditionCount)

    def deeper(self) -> "FilterContext":
        """Return the context of a nested filter. Raises BadUserInput beyond the limit."""
        if self.depth >= self.limits.filter_depth:
            raise BadUserInput(f"Filters can be nested at most {self.limits.filter_depth} levels deep.")
        return FilterContext(self.limits, self.require, self.depth + 1, self.tally)

    def count(self) -> None:
        """Count a condition. Raises BadUserInput beyond the limit, because nested lists multiply their conditions."""
        self.tally.conditions += 1
        if self.tally.conditions > self.limits.filter_conditions:
            raise BadUserInput(f"A filter can have at most {self.limits.filter_conditions} conditions.")

    def anew(self) -> "FilterContext":
        """Return the context of another filter of the same operation."""
        return FilterContext(self.limits, self.require)

    def bounded[T](self, values: list[T]) -> list[T]:
        """Return the list. Raises BadUserInput if it has too many entries."""
        if len(values) > self.limits.filter_list:
            raise BadUserInput(f"A list in a filter can have at most {self.limits.filter_list} entries.")
        return values


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Limit of the cost of a client's operations: a bucket of ``maximum``, restored by ``restore_rate`` a second."""

    maximum: int
    restore_rate: float

    def seconds_until_full(self, available: int) -> int:
        """Return the seconds in which the bucket is full again."""
        return math.ceil((self.maximum - available) / self.restore_rate)


class RateBucket(Protocol):
    """Bucket of a client."""

    limit: RateLimit

    @property
    def available_now(self) -> int:
        """Cost that is available."""


@dataclass(frozen=True, slots=True)
class RateStatus:
    """State of a client's bucket after an operation of the cost ``cost``."""

    cost: int
    limit: RateLimit
    available: int

    @property
    def reset_seconds(self) -> int:
        """Seconds in which the bucket is full again."""
        return self.limit.seconds_until_full(self.available)
