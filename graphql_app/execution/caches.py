"""Caches of documents and costs, and the bounds of the process's caches."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from graphql import FragmentDefinitionNode, OperationDefinitionNode, value_from_ast_untyped

from graphql_app.execution.cost import (
    SELECTIONS,
    Cost,
    CostCompiler,
    CostLimitExceeded,
    CostLimits,
    Excess,
    SchemaCosts,
)
from graphql_app.execution.cost_code import ResponseCost
from graphql_app.execution.cost_function import Size
from graphql_app.execution.request import JsonObject
from graphql_app.plan.selection import Budget, Operation

MOST_COSTS = 100
"""Number of cached costs per document, each for one combination of the variables on which the cost depends."""
MOST_FUNCTIONS = 50
"""Number of cached cost functions per document, each for one combination of the variables of directives."""
BYTES_OF_A_COST, BYTES_OF_A_SELECTION = 300, 400
ANONYMOUS = 5
"""Divisor of the limits for clients without a token, which can execute few operations."""


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """Bounds of caches, which evict the least recently used entry.

    Any client with a token can fill them. Documents of other clients are then parsed and compiled again, which takes
    milliseconds. Clients without a token share a smaller cache of documents.
    """

    documents: int = 500
    """Number of documents, and of shapes of documents that differ in literals."""
    document_bytes: int = 64_000_000
    """Approximate bytes of documents and shapes together, with their plans."""
    statements: int = 2_000
    """Number of compiled statements."""
    statement_bytes: int = 64_000_000
    """Approximate bytes of compiled statements."""

    @property
    def of_anonymous(self) -> "CacheLimits":
        """Limits of the cache of documents for clients without a token."""
        documents, size = max(1, self.documents // ANONYMOUS), max(1, self.document_bytes // ANONYMOUS)
        return replace(self, documents=documents, document_bytes=size)


DEFAULT_LIMITS = CacheLimits()


class HasSize(Protocol):
    """Value that takes about ``size`` bytes, which may grow."""

    @property
    def size(self) -> int: ...


class SizedCache[K, V: HasSize](OrderedDict[K, V]):
    """Cache by key that counts the bytes of its values, with the least recently used value first."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self._sizes: dict[K, int] = {}

    def use(self, key: K) -> V | None:
        """Return the value of this key, which becomes the most recently used, or None."""
        found = self.get(key)
        if found is not None:
            self.move_to_end(key)
        return found

    def count(self, key: K) -> None:
        """Count a value that is new or has grown. Does nothing for an unknown key."""
        if key in self:
            size = self[key].size
            self.size += size - self._sizes.get(key, 0)
            self._sizes[key] = size

    def count_all(self) -> None:
        """Count all values again."""
        for key in self:
            self.count(key)

    def drop(self, key: K) -> None:
        """Remove the value of this key, if there is one."""
        if self.pop(key, None) is not None:
            self.size -= self._sizes.pop(key, 0)

    def evict(self) -> None:
        """Remove the least recently used value."""
        key, _ = self.popitem(last=False)
        self.size -= self._sizes.pop(key, 0)


class DocumentCosts:
    """Cost functions of one document's operations, and a cache of costs by the variables on which they depend."""

    def __init__(
        self, schema: SchemaCosts, fragments: Mapping[str, FragmentDefinitionNode], choices: Sequence[str]
    ) -> None:
        self._schema, self._fragments, self._choices = schema, fragments, choices
        self._names = tuple(choices)
        self._functions: dict[Hashable, CompiledCost] = {}
        self._costs: dict[Hashable, Cost | Excess] = {}

    @property
    def size(self) -> int:
        """Approximate bytes of the costs."""
        return BYTES_OF_A_COST * len(self._costs) + sum(each.size for each in self._functions.values())

    def check(self, node: OperationDefinitionNode, raw: JsonObject, limits: CostLimits) -> Cost:
        """Return the cost of an operation with its variables as received. Raises CostLimitExceeded."""
        cost = self._costs.get(self._key(node, raw)) or self._count(node, raw, limits)
        if isinstance(cost, Excess):
            raise CostLimitExceeded(*cost)
        return cost

    def _key(self, node: OperationDefinitionNode, raw: JsonObject) -> Hashable:
        return (id(node), *[_variable_size(node, raw, name) for name in self._names]) if self._names else id(node)

    def _count(self, node: OperationDefinitionNode, raw: JsonObject, limits: CostLimits) -> Cost | Excess:
        choices = {name: _variable_size(node, raw, name) for name in self._choices}
        compiled = self._compiled(node, choices)
        names = tuple(dict.fromkeys([*self._names, *compiled.names]))
        if len(names) > len(self._names) or len(self._costs) >= MOST_COSTS:
            self._costs.clear()
        self._names = names
        sizes = {name: _variable_size(node, raw, name) for name in compiled.names}
        cost = self._costs[self._key(node, raw)] = compiled.cost(sizes, limits)
        return cost

    def _compiled(self, node: OperationDefinitionNode, choices: Mapping[str, Size]) -> "CompiledCost":
        key = (id(node), *choices.values())
        if key not in self._functions:
            if len(self._functions) >= MOST_FUNCTIONS:
                self._functions.clear()
            operation = Operation(self._schema.schema, self._fragments, choices, Budget(SELECTIONS))
            self._functions[key] = CompiledCost(node, operation, self._schema)
        return self._functions[key]


class CompiledCost:
    """Cost function of an operation for one choice of the variables of its directives."""

    def __init__(self, node: OperationDefinitionNode, operation: Operation, costs: SchemaCosts) -> None:
        self._function = CostCompiler(operation, costs).compile(node)
        self._response = ResponseCost(self._function.root)
        self._is_too_large = operation.budget.fields < 0
        self._most_introspected = costs.most_introspected(node, operation) if self._function.root.introspected else 0
        self.names = self._function.names
        self.size = BYTES_OF_A_SELECTION * (SELECTIONS - max(0, operation.budget.fields))
        """Approximate bytes."""

    def cost(self, sizes: Mapping[str, Size], limits: CostLimits) -> Cost | Excess:
        """Return the cost with variables of these sizes, or the limit that they exceed."""
        if self._is_too_large:
            return Excess("selects", SELECTIONS + 1, "fields", SELECTIONS)
        function, root = self._function, self._function.root
        known = function.below(sizes.get)
        totals = root.fixed or known[root]
        if root.introspected > self._most_introspected:
            return Excess("can return", root.introspected, "objects of an introspection", self._most_introspected)
        if root.lists > limits.lists:
            return Excess("selects", root.lists, "lists", limits.lists)
        if totals.cost > limits.cost:
            fields = [(".".join(each.path), each.cost) for each in function.most_expensive(sizes.get)]
            return Excess("costs", totals.cost, "", limits.cost, fields)
        return Cost(totals.cost, max(1, totals.cost), totals.objects, root.lists, self._response, known)


def _variable_size(node: OperationDefinitionNode, raw: JsonObject, name: str) -> Size:
    """Return the size of a variable's value, or of its default."""
    if name in raw:
        return _size(raw[name])
    for variable in node.variable_definitions or ():
        if variable.variable.name.value == name and variable.default_value is not None:
            return _size(value_from_ast_untyped(variable.default_value))
    return None


def _size(value: object) -> Size:
    """Return the part of a value on which a count depends; 1 for a single value in place of a list."""
    if isinstance(value, list):
        return (len(value),)
    if value is None or isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else 1
