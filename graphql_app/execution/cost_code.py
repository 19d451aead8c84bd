"""Generated function that computes the cost of a response from the items in its lists.

It visits only objects that contain a list: the others of a list cost the same each, and are multiplied. Selections that
occur once are part of one loop, without a call for each object.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import cast

from graphql_app.execution.cost_function import CountedField, Selection, Totals

DEEPEST = 6
"""Nested lists in one function. Python compiles at most 20 nested loops."""

type ActualCost = Callable[[object, Mapping[Selection, Totals]], int]
"""Function of the data of a response, and of the totals of selections that depend on variables."""


def compile_actual(root: Selection) -> ActualCost:
    """Return the function that computes the cost of an object with this selection."""
    code = ActualCode(root)
    name = code.function(root)
    scope: dict[str, object] = {"selections": code.selections}  # the generated functions are added
    exec("\n".join(code.lines), scope)  # noqa: S102 (of literals and of names made here)
    return cast(ActualCost, scope[name])


class ResponseCost:
    """Cost of the responses of one operation. The function is generated at the first response."""

    def __init__(self, root: Selection) -> None:
        self.root = root
        self._compiled: ActualCost | None = None

    @property
    def has_lists(self) -> bool:
        """True if the cost depends on the response."""
        return self.root.has_lists

    def of(self, data: object, known: Mapping[Selection, Totals]) -> int:
        """Return the cost of ``data``. ``known`` has the totals of the selections that depend on variables."""
        if not self.has_lists:
            return (self.root.fixed or known[self.root]).cost
        if self._compiled is None:
            self._compiled = compile_actual(self.root)
        return self._compiled(data, known)


class ActualCode:
    """Source of the function, and the selections whose totals it looks up."""

    def __init__(self, root: Selection) -> None:
        self.lines: list[str] = []
        self.selections: list[Selection] = []
        self._uses: Counter[Selection] = Counter()
        self._names: dict[Selection, str] = {}
        self._count(root)

    def function(self, selection: Selection) -> str:
        """Return the name of the function for a selection, which is generated once."""
        if selection not in self._names:
            name = self._names[selection] = f"actual{len(self._names)}"
            body = ["    total = 0"]
            self._object(selection, "source", body, 1, 0)
            self.lines += [f"def {name}(source, upper):", *body, "    return total"]
        return self._names[selection]

    def _count(self, selection: Selection) -> None:
        self._uses[selection] += 1
        if self._uses[selection] == 1:
            for each in (*selection.alternatives, *[field.selection for field in selection.fields]):
                if each is not None and each.has_lists:
                    self._count(each)

    def _add(self, selection: Selection, source: str, body: list[str], indent: int, depth: int) -> None:
        """Add the cost of an object to the total, in place or by a call."""
        if not selection.has_lists:
            self._line(body, indent, f"total += {self._upper(selection)}")
        elif self._uses[selection] > 1 or depth > DEEPEST:
            self._line(body, indent, f"total += {self.function(selection)}({source}, upper)")
        else:
            self._object(selection, source, body, indent, depth)

    def _object(self, selection: Selection, source: str, body: list[str], indent: int, depth: int) -> None:
        """Add the cost of an object with lists, which has fields or alternatives, to the total."""
        self._line(body, indent, f"if {source}.__class__ is dict:")
        if selection.alternatives:
            calls = [
                f"{self.function(each)}({source}, upper)" if each.has_lists else self._upper(each)
                for each in selection.alternatives
            ]
            self._line(body, indent + 1, f"total += max({', '.join(calls)}, 0)")
        for each in selection.fields:
            self._field(each, source, body, indent + 1, depth + 1)
        self._line(body, indent, "else:")
        self._line(body, indent + 1, f"total += {self._upper(selection)}")

    def _field(self, field: CountedField, source: str, body: list[str], indent: int, depth: int) -> None:
        """Add the cost of a field's value. Null costs nothing."""
        value, inner = f"value{depth}", field.selection
        self._line(body, indent, f"{value} = {source}.get({field.key!r})")
        self._line(body, indent, f"if {value} is not None:")
        if inner is None or field.size is None:
            self._line(body, indent + 1, f"total += {field.weight}")
            if inner is not None:
                self._add(inner, value, body, indent + 1, depth)
            return
        self._line(body, indent + 1, f"if {value}.__class__ is list:")
        if not inner.has_lists:
            self._line(body, indent + 2, f"total += len({value}) * ({field.weight} + {self._upper(inner)})")
            return
        item = f"item{depth}"
        self._line(body, indent + 2, f"for {item} in {value}:")
        self._line(body, indent + 3, f"if {item} is not None:")
        self._line(body, indent + 4, f"total += {field.weight}")
        self._add(inner, item, body, indent + 4, depth)

    def _upper(self, selection: Selection) -> str:
        """Return the expression of the cost that is requested for an object."""
        if selection.fixed is not None:
            return str(selection.fixed.cost)
        self.selections.append(selection)
        return f"upper[selections[{len(self.selections) - 1}]].cost"

    @staticmethod
    def _line(body: list[str], indent: int, text: str) -> None:
        body.append("    " * indent + text)
