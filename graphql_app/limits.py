"""Limits of arguments and of writes, and how much of them the filters of an operation use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql_app.errors import BadUserInput


@dataclass(frozen=True, slots=True)
class Limits:
    """``filter_list`` bounds the entries of every list in a filter, ``filter_depth`` how deep filters nest, and
    ``filter_conditions`` how many conditions one has in all.
    """

    page_default: int = 25
    page_most: int = 100
    filter_depth: int = 5
    filter_list: int = 200
    filter_conditions: int = 1_000
    order_keys: int = 8


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """``rows_most`` bounds the rows of one bulk mutation; ``keys_kept`` is how many seconds its key is remembered."""

    rows_most: int = 1_000
    keys_kept: float = 86_400.0


@dataclass(slots=True)
class ConditionCount:
    """How many conditions a filter has had so far."""

    conditions: int = 0


@dataclass(frozen=True, slots=True)
class FilterContext:
    """What a filter is read with: the limits, how deep it is nested so far, and how large it is.

    ``role`` returns the viewer's role, and is called only where something depends on it.
    """

    limits: Limits
    role: Callable[[], str]
    depth: int = 0
    tally: ConditionCount = field(default_factory=ConditionCount)

    def deeper(self) -> "FilterContext":
        if self.depth >= self.limits.filter_depth:
            raise BadUserInput(f"Filters can be nested at most {self.limits.filter_depth} levels deep.")
        return FilterContext(self.limits, self.role, self.depth + 1, self.tally)

    def count(self) -> None:
        """One condition more. Lists within lists multiply: without a bound one filter keeps a processor for minutes."""
        self.tally.conditions += 1
        if self.tally.conditions > self.limits.filter_conditions:
            raise BadUserInput(f"A filter can have at most {self.limits.filter_conditions} conditions.")

    def anew(self) -> "FilterContext":
        """For another filter."""
        return FilterContext(self.limits, self.role)

    def bounded(self, values: list[Any]) -> list[Any]:
        if len(values) > self.limits.filter_list:
            raise BadUserInput(f"A list in a filter can have at most {self.limits.filter_list} entries.")
        return values
