"""The costs of one document's operations, kept by the values of the variables that they depend on."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import FragmentDefinitionNode, OperationDefinitionNode, value_from_ast_untyped

from graphql_app.errors import CostLimitExceeded
from graphql_app.execution.cost import SELECTIONS, Cost, CostLimits, Count, SchemaCosts, Size
from graphql_app.plan.selection import Budget, Operation

MOST_KEPT = 100
"""Costs that one document keeps, each for one choice of the variables that it depends on."""
BYTES_OF_A_COST = 300


class Costs:
    """The costs of one document's operations, kept by the values of the variables that they depend on."""

    def __init__(
        self,
        known: SchemaCosts,
        fragments: Mapping[str, FragmentDefinitionNode],
        choices: Sequence[str],
    ) -> None:
        self._known, self._fragments, self._choices = known, fragments, choices
        self._names = tuple(choices)
        self._kept: dict[Any, Cost] = {}

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return BYTES_OF_A_COST * len(self._kept)

    def check(self, node: OperationDefinitionNode, raw: Mapping[str, Any], limits: CostLimits) -> Cost:
        """Return the cost of an operation with its variables as they came. Raises CostLimitExceeded."""
        cost = self._kept.get(self._key(node, raw)) or self._counted(node, raw, limits)
        if cost.excess is not None:
            raise CostLimitExceeded(*cost.excess)
        return cost

    def _key(self, node: OperationDefinitionNode, raw: Mapping[str, Any]) -> Any:
        return (id(node), *[_value(node, raw, name) for name in self._names]) if self._names else id(node)

    def _counted(self, node: OperationDefinitionNode, raw: Mapping[str, Any], limits: CostLimits) -> Cost:
        used = dict.fromkeys(self._names)

        def value(name: str) -> Size:
            used[name] = None
            return _value(node, raw, name)

        choices = {name: value(name) for name in self._choices}
        operation = Operation(self._known.schema, self._fragments, choices, Budget(SELECTIONS))
        cost = Count(operation, self._known, value).result(node, limits)
        if len(used) > len(self._names) or len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._names = tuple(used)
        self._kept[self._key(node, raw)] = cost
        return cost


def _reduced(value: Any) -> Size:
    """What a count depends on of a variable's value; 1 for one value that stands for a list of it."""
    if isinstance(value, list):
        return (len(value),)
    if value is None or isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else 1


def _value(node: OperationDefinitionNode, raw: Mapping[str, Any], name: str) -> Size:
    """The same of the value of a variable, or of its default."""
    if name in raw:
        return _reduced(raw[name])
    for variable in node.variable_definitions or ():
        if variable.variable.name.value == name and variable.default_value is not None:
            return _reduced(value_from_ast_untyped(variable.default_value))
    return None
