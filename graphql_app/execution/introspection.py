"""Introspection: cached results, which depend only on the schema, and the list sizes for its cost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import orjson
from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    get_introspection_query,
    is_abstract_type,
    is_wrapping_type,
)

from graphql_app.execution.encoding import encode
from graphql_app.execution.request import JsonObject
from graphql_app.plan.cache import coerced_variables
from graphql_app.plan.selection import selected_fields

TYPENAME = "__typename"
INTROSPECTION_FIELDS = frozenset({"__schema", "__type", TYPENAME})
STANDARD_QUERY = get_introspection_query(input_value_deprecation=True)
"""Introspection query of tools, with every option that adds objects."""
STANDARD_TIMES = 3
"""Limit of introspected objects per operation, as a multiple of the objects of :data:`STANDARD_QUERY`."""
MOST_RESULTS = 4
"""Number of cached results per document, each for an operation and values of its variables."""
LARGEST_RESULTS = 4_000_000
"""Bytes of the cached results of one document. A larger result is not cached."""
BYTES_OF_A_RESULT = 300
"""Bytes of a cached result besides its key and its data."""

Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]
ResultKey = tuple[int, bytes]
"""``id()`` of an operation, and the coerced values of its variables."""


class IntrospectionCache:
    """Cache of encoded results of one document's operations that select only introspection fields.

    ``grown`` is called after each result that is cached. Results are computed in ``thread``: for a large schema, this
    takes a few hundred milliseconds.
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
        self._results: dict[ResultKey, bytes] = {}
        self.size = 0
        """Approximate bytes of the results."""

    async def answer(self, node: OperationDefinitionNode, raw: JsonObject, execute: Execute) -> ExecutionResult | None:
        """Return the result of an operation, computed by ``execute`` if it is new; None for an ordinary operation.

        A result with errors is not cached.
        """
        key = self._key(node, raw) if id(node) in self._operations else None
        if key is None:
            return None
        data = self._results.get(key)
        if data is None:
            computed = await asyncio.get_running_loop().run_in_executor(self._thread, self._compute, key, execute)
            if isinstance(computed, ExecutionResult):
                return computed
            data = computed
            self._add(key, data)
        # encoded already, although graphql-core declares a dict
        return ExecutionResult(cast(JsonObject, orjson.Fragment(data)), None)

    def _key(self, node: OperationDefinitionNode, raw: JsonObject) -> ResultKey | None:
        """Return the cache key, or None if a variable is invalid, which execution reports."""
        values = coerced_variables(self._schema, node, raw)
        try:
            return None if values is None else (id(node), orjson.dumps(values.coerced))
        except orjson.JSONEncodeError:  # no argument of introspection takes such a value
            return None

    def _compute(self, key: ResultKey, execute: Execute) -> ExecutionResult | bytes:
        """Return the encoded data, or the whole result if it has errors. Runs in the thread."""
        cached = self._results.get(key)
        if cached is not None:  # computed for another request while this one waited for the thread
            return cached
        result = execute()
        assert isinstance(result, ExecutionResult)  # introspection has no asynchronous resolver
        return result if result.errors else encode(result.data)

    def _add(self, key: ResultKey, data: bytes) -> None:
        size = _result_size(key, data)
        if size > LARGEST_RESULTS or key in self._results:
            return
        while len(self._results) >= MOST_RESULTS or self.size + size > LARGEST_RESULTS:
            oldest = next(iter(self._results))
            self.size -= _result_size(oldest, self._results.pop(oldest))
        self._results[key] = data
        self.size += size
        self._grown()


def root_fields(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    """Yield the names of the fields at the operation's root, including those in fragments."""
    return (each.name.value for each in selected_fields(operation.selection_set, fragments.get, set()))


def _is_introspection(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """Return True if only introspection fields are selected, and more than the name of the root type."""
    names = frozenset(root_fields(operation, fragments))
    return names <= INTROSPECTION_FIELDS and names != {TYPENAME}


def _result_size(key: ResultKey, data: bytes) -> int:
    return BYTES_OF_A_RESULT + len(key[1]) + len(data)


@dataclass(frozen=True, slots=True)
class IntrospectionPlace:
    """Place in an introspection at which objects are selected."""

    is_every: bool = False
    """True for all objects of their kind in the schema, so that lists of them have average lengths."""
    wrappers: int = 0
    """Number of further `ofType` that can lead to a type."""


ELSEWHERE = IntrospectionPlace()
"""Place of objects that are not all of their kind."""


@dataclass(frozen=True, slots=True)
class ListLength:
    """Number of items of a list, on average and at most."""

    average: int
    """Rounded up."""
    most: int


class IntrospectionSizes:
    """Lengths of lists in an introspection of ``schema``."""

    def __init__(self, schema: GraphQLSchema) -> None:
        types = list(schema.type_map.values())
        fields = [field for each in types for field in _fields(each)]
        inputs = [each for each in types if isinstance(each, GraphQLInputObjectType)]
        enums = [each for each in types if isinstance(each, GraphQLEnumType)]
        objects = [each for each in types if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
        possible = [schema.get_possible_types(each) for each in types if is_abstract_type(each)]
        self._lengths = {
            ("__Schema", "types"): _length([types], 1),
            ("__Schema", "directives"): _length([schema.directives], 1),
            ("__Directive", "args"): _length([each.args for each in schema.directives], len(schema.directives)),
            ("__Field", "args"): _length([each.args for each in fields], len(fields)),
            ("__Type", "fields"): _length([each.fields for each in objects], len(types)),
            ("__Type", "inputFields"): _length([each.fields for each in inputs], len(types)),
            ("__Type", "enumValues"): _length([each.values for each in enums], len(types)),
            ("__Type", "interfaces"): _length([each.interfaces for each in objects], len(types)),
            ("__Type", "possibleTypes"): _length(possible, len(types)),
        }
        typed: list[GraphQLType] = [each.type for each in fields]
        typed += [argument.type for each in fields for argument in each.args.values()]
        typed += [field.type for each in inputs for field in each.fields.values()]
        self._wrappers = max(_wrappers(each) for each in typed)

    def items(self, kind: GraphQLNamedType, field: str, place: IntrospectionPlace) -> tuple[int, IntrospectionPlace]:
        """Return how many objects a field yields per object of type ``kind`` at ``place``, and their place."""
        length = self._lengths.get((kind.name, field))
        if length is not None:
            is_every = place.is_every and field not in {"interfaces", "possibleTypes"}
            return length.average if place.is_every else length.most, IntrospectionPlace(is_every)
        if field == "type":
            return 1, IntrospectionPlace(wrappers=self._wrappers)
        if field == "ofType":
            return min(1, place.wrappers), IntrospectionPlace(wrappers=place.wrappers - 1)
        return 1, IntrospectionPlace(is_every=field == "__schema")


def _fields(kind: GraphQLNamedType) -> Iterable[GraphQLField]:
    return kind.fields.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else ()


def _length(lists: Sequence[Sized], parents: int) -> ListLength:
    """Return the length of ``lists`` of ``parents`` objects, some of which may have no list."""
    sizes = [len(each) for each in lists]
    return ListLength(-(-sum(sizes) // max(1, parents)), max(sizes, default=0))


def _wrappers(kind: GraphQLType) -> int:
    return 1 + _wrappers(kind.of_type) if is_wrapping_type(kind) else 0
