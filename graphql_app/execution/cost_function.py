"""Cost of an operation as a function of the sizes of its lists, and of the lists in its response.

A document is compiled to selections once for each choice of its `@skip` and `@include`: see
:mod:`graphql_app.execution.cost`. What does not depend on variables is computed then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

LARGEST_NUMBER = 10**15
"""Largest cost. It is exact in the JSON of every client."""
LISTED = 5
"""Number of fields in an error."""
SEARCHED = 200
"""Number of fields among which the most expensive ones are searched for an error."""

Size = int | bool | tuple[int] | None
"""Part of a value on which a cost depends: a number, a Boolean, or the length of a list in a tuple."""
VariableSizes = Callable[[str], Size]
"""Function that returns the size of a variable."""


class Totals(NamedTuple):
    """Sums over the fields of a selection."""

    cost: int
    """Weights of all fields, as often as they can occur."""
    objects: int
    """Objects that are built and encoded. An object with many leaf fields counts as several."""


ZERO = Totals(0, 0)


class ListSize(NamedTuple):
    """Maximum number of items of a list: the largest of the given sizes, up to ``most``, or else ``default``."""

    default: int
    most: int | None = None
    given: tuple[int, ...] = ()
    """Sizes that the document contains."""
    variables: tuple[str, ...] = ()

    def items(self, value: VariableSizes) -> int:
        """Return the number of items with these variables."""
        known = [*self.given, *[size for name in self.variables if (size := number_of(value(name))) is not None]]
        if not known:
            return self.default
        largest = max(known)
        return largest if self.most is None else min(largest, self.most)


@dataclass(frozen=True, slots=True)
class CountedField:
    """Selected field with a cost. ``selection`` has the fields of its objects."""

    key: str
    weight: int
    selection: "Selection | None" = None
    size: ListSize | None = None
    """Size of a list of objects; None for another field."""
    is_planned: bool = False
    """True for a list that is read by a separate statement."""

    @property
    def varies(self) -> bool:
        """True if the cost depends on the response."""
        inner = self.selection
        if inner is None or (self.weight == 0 and inner.fixed is not None and inner.fixed.cost == 0):
            return False
        return self.size is not None or inner.has_lists

    def items(self, value: VariableSizes) -> int:
        return 1 if self.size is None else self.size.items(value)


@dataclass(eq=False, slots=True)
class Selection:
    """Selected fields of an object, or the selections of the ``alternatives`` of an abstract type."""

    fields: Sequence[CountedField] = ()
    objects: int = 0
    """Number for which one object counts, without those below it."""
    lists: int = 0
    """Number of lists that are planned, here and below."""
    introspected: int = 0
    """Number of objects that describe the schema, here and below."""
    alternatives: Sequence["Selection"] = ()
    fixed: Totals | None = None
    """Totals if they depend on no variable."""
    has_lists: bool = field(init=False)
    """True if the number of objects depends on the response."""

    def __post_init__(self) -> None:
        self.has_lists = any(each.has_lists for each in self.alternatives) or any(each.varies for each in self.fields)

    @property
    def depends_on_variables(self) -> bool:
        """True if the totals depend on variables."""
        if self.alternatives:
            return any(each.fixed is None for each in self.alternatives)
        return any(
            (each.size is not None and each.size.variables)
            or (each.selection is not None and each.selection.fixed is None)
            for each in self.fields
        )

    def totals(self, value: VariableSizes, known: Mapping["Selection", Totals]) -> Totals:
        """Return the totals of one object. ``known`` has those of the selections below that depend on variables."""
        if self.alternatives:
            found = [each.fixed or known[each] for each in self.alternatives]
            return Totals(max(each.cost for each in found), max(each.objects for each in found))
        cost, objects = 0, self.objects
        for each in self.fields:
            items, below = each.items(value), ZERO
            if each.selection is not None:
                below = each.selection.fixed or known[each.selection]
            cost += items * (each.weight + below.cost)
            objects += items * below.objects
        return Totals(min(cost, LARGEST_NUMBER), min(objects, LARGEST_NUMBER))


@dataclass(frozen=True, slots=True)
class ExpensiveField:
    """Field of an operation, by the response keys that lead to it, and its cost without the fields below it."""

    path: tuple[str, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class CostFunction:
    """Costs of one operation. ``varying`` are the selections that depend on variables, those below others first."""

    root: Selection
    varying: Sequence[Selection] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Variables on which the cost depends."""
        sizes = [field.size for each in self.varying for field in each.fields if field.size is not None]
        return tuple(dict.fromkeys(name for size in sizes for name in size.variables))

    def below(self, value: VariableSizes) -> Mapping[Selection, Totals]:
        """Return the totals of the selections that depend on variables."""
        known: dict[Selection, Totals] = {}
        for each in self.varying:
            known[each] = each.totals(value, known)
        return known

    def most_expensive(self, value: VariableSizes) -> list[ExpensiveField]:
        """Return the fields with the highest costs, the highest first."""
        known = self.below(value)
        found = sorted(self._expensive(known, value), key=lambda each: -each.cost)
        return [each for each in found[:LISTED] if each.cost]

    def _expensive(self, known: Mapping[Selection, Totals], value: VariableSizes) -> Iterator[ExpensiveField]:
        """Yield fields with their own costs, beginning with those whose costs including all below are highest."""
        order, waiting = count(), list[tuple[int, int, tuple[str, ...], int, CountedField]]()

        def add(selection: Selection, path: tuple[str, ...], times: int) -> None:
            chosen = selection
            if selection.alternatives:
                chosen = max(selection.alternatives, key=lambda each: (each.fixed or known[each]).cost)
            for each in chosen.fields:
                inner = 0 if each.selection is None else (each.selection.fixed or known[each.selection]).cost
                items = min(times * each.items(value), LARGEST_NUMBER)
                heappush(waiting, (-items * (each.weight + inner), next(order), (*path, each.key), items, each))

        add(self.root, (), 1)
        for _ in range(SEARCHED):
            if not waiting:
                return
            *_, path, items, each = heappop(waiting)
            yield ExpensiveField(path, min(items * each.weight, LARGEST_NUMBER))
            if each.selection is not None:
                add(each.selection, path, items)


def number_of(size: Size) -> int | None:
    """Return the number of items for a size, or None if it is not given. A negative number counts as zero."""
    if isinstance(size, tuple):
        return size[0]
    return None if size is None else max(0, size)
