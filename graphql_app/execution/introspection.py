"""Introspection: results that are kept with their document, as they depend on nothing but the schema."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from graphql_app.execution.encoding import encode
from graphql_app.plan.cache import coerced_variables
from graphql_app.views.fields import selected_fields

TYPENAME = "__typename"
INTROSPECTION = frozenset({"__schema", "__type", TYPENAME})
MOST_RESULTS = 4
"""Results that one document keeps, each for an operation and values of its variables."""
LARGEST_RESULTS = 4_000_000
"""Bytes that they take together; a larger one is made each time."""
BYTES_OF_A_RESULT = 300
"""What each takes besides its key and its data."""

Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]
Key = tuple[int, bytes]
"""The ``id()`` of an operation, and the coerced values of its variables."""


class Introspections:
    """Encoded results of one document's operations that select nothing but introspection.

    ``grown`` is called after each result that is kept. Results are made in ``thread``: those of a large schema take
    a few hundred milliseconds.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operations: Iterable[OperationDefinitionNode],
        fragments: Mapping[str, FragmentDefinitionNode],
        thread: ThreadPoolExecutor,
        grown: Callable[[], None],
    ) -> None:
        self._schema, self._thread, self._grown = schema, thread, grown
        self._operations = frozenset(id(each) for each in operations if _is_introspection(each, fragments))
        self._kept: dict[Key, bytes] = {}
        self.size = 0
        """About how many bytes they take."""

    async def answer(
        self, node: OperationDefinitionNode, raw: dict[str, Any], execute: Execute
    ) -> ExecutionResult | None:
        """Return the result of an operation, made by ``execute`` if it is new; None for an ordinary operation.

        A result with errors is not kept.
        """
        key = self._key(node, raw) if id(node) in self._operations else None
        if key is None:
            return None
        data = self._kept.get(key)
        if data is None:
            made = await asyncio.get_running_loop().run_in_executor(self._thread, self._made, key, execute)
            if isinstance(made, ExecutionResult):
                return made
            data = made
            self._keep(key, data)
        fragment: Any = orjson.Fragment(data)  # encoded already, where graphql-core's type has a dict
        return ExecutionResult(fragment, None)

    def _key(self, node: OperationDefinitionNode, raw: dict[str, Any]) -> Key | None:
        """Return what the result depends on; None if a variable is refused, which execution reports."""
        values = coerced_variables(self._schema, node, raw)
        try:
            return None if values is None else (id(node), orjson.dumps(values.coerced))
        except orjson.JSONEncodeError:  # no value that introspection takes
            return None

    def _made(self, key: Key, execute: Execute) -> ExecutionResult | bytes:
        """Return the encoded data, or the whole result if it has errors. Runs in the thread."""
        kept = self._kept.get(key)
        if kept is not None:  # made for another request while this one waited
            return kept
        result = execute()
        assert isinstance(result, ExecutionResult)  # introspection has no resolver that is awaited
        return result if result.errors else encode(result.data)

    def _keep(self, key: Key, data: bytes) -> None:
        size = _size(key, data)
        if size > LARGEST_RESULTS or key in self._kept:
            return
        while len(self._kept) >= MOST_RESULTS or self.size + size > LARGEST_RESULTS:
            oldest = next(iter(self._kept))
            self.size -= _size(oldest, self._kept.pop(oldest))
        self._kept[key] = data
        self.size += size
        self._grown()


def root_fields(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    """Yield the names of the fields at the operation's root, looking through fragments."""
    return (each.name.value for each in selected_fields(operation.selection_set, fragments.get, set()))


def _is_introspection(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """True if nothing but introspection is selected, and more than the name of the root type."""
    names = frozenset(root_fields(operation, fragments))
    return names <= INTROSPECTION and names != {TYPENAME}


def _size(key: Key, data: bytes) -> int:
    return BYTES_OF_A_RESULT + len(key[1]) + len(data)
