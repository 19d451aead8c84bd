"""Second station: the document. Parsed, validated and checked once, and kept by its text for the next request.

Only documents that passed are kept. Texts that differ only in literals share a parameterized document, from the second
one on: see :mod:`graphql_app.execution.literals`. What all of them take is bounded, in number and together with their
plans in bytes, and the least recently used goes first.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from graphql_app.errors import RequestError
from graphql_app.execution.caches import USUAL, Caches
from graphql_app.execution.cost import Cost, CostLimits, SchemaCosts
from graphql_app.execution.introspection import Introspections
from graphql_app.execution.kept_costs import Costs
from graphql_app.execution.literals import Literals, Shape, Sized, Spans, parameterized, read_types, split
from graphql_app.execution.validation import Valid, Validator, too_deep
from graphql_app.limits import Limits
from graphql_app.plan.cache import OperationPlans
from graphql_app.plan.selection import fragments_of

LONGEST_KEPT = 20_000
"""Characters; a longer document is parsed each time, so that a few of them cannot fill the memory."""
SHORT = 1_000
"""Characters; a longer document takes more than about 10 ms to parse and validate."""
BYTES_OF_A_CHARACTER = 80
"""What a parsed document was measured to take for each character of its text."""


class Unresolvable(RequestError):
    """The document does not hold the operation that was asked for."""

    code = "OPERATION_RESOLUTION_FAILURE"


@dataclass(frozen=True, slots=True)
class Document:
    """A document that fits the schema."""

    node: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    """By name; by None, too, if there is only one."""
    fragments: dict[str, FragmentDefinitionNode]
    plans: OperationPlans
    costs: Costs
    introspections: Introspections
    length: int
    """Of its text, in characters."""

    @property
    def size(self) -> int:
        """About how many bytes it takes, with its plans and results."""
        parts = (self.plans, self.costs, self.introspections)
        return BYTES_OF_A_CHARACTER * self.length + sum(part.size for part in parts)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one. Raises Unresolvable."""
        if name in self.operations:
            return self.operations[name]
        if name is None:
            raise Unresolvable("The document has several operations: say in operationName which one to run.")
        raise Unresolvable("The document has no operation of the name that operationName gives.")

    def cost(self, operation: OperationDefinitionNode, raw: Mapping[str, Any], limits: CostLimits) -> Cost:
        """The operation's cost with these variables. Raises CostLimitExceeded, or Rejected for a deep nesting."""
        try:
            return self.costs.check(operation, raw, limits)
        except RecursionError:
            raise too_deep() from None


COUNT_ALL = 64
"""Growths after which everything is counted again, since small parts of a document grow unnoticed."""


class SizedCache[K, V: Sized](OrderedDict[K, V]):
    """Values by key with the bytes that they take together, the least recently used first."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self._sizes: dict[K, int] = {}

    def use(self, key: K) -> V | None:
        """Return the value of this key, which is now the most recently used, or None."""
        found = self.get(key)
        if found is not None:
            self.move_to_end(key)
        return found

    def count(self, key: K) -> None:
        """Count a value that is new or has grown; nothing for a key that there is no value of."""
        if key in self:
            size = self[key].size
            self.size += size - self._sizes.get(key, 0)
            self._sizes[key] = size

    def count_all(self) -> None:
        """Count all values again."""
        for key in self:
            self.count(key)

    def forget(self) -> None:
        """Forget the least recently used value."""
        key, _ = self.popitem(last=False)
        self.size -= self._sizes.pop(key, 0)


Found = tuple[Document, Literals | None]
"""A document, and the values of its literals where it is a parameterized one."""


class Documents:
    """Turns texts into documents of one schema. ``caches`` says how many are kept, and how large all may be.

    ``share_literals`` is whether texts that differ only in literals share a document.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        introspection: bool,
        max_tokens: int,
        caches: Caches = USUAL,
        limits: Limits | None = None,
        share_literals: bool = True,
    ) -> None:
        self._schema, self._costs = schema, SchemaCosts(schema, limits or Limits())
        self._share_literals = share_literals
        self._validator = Validator(schema, introspection=introspection, max_tokens=max_tokens)
        self._caches = caches
        self._kept = SizedCache[str, Document]()
        self._shapes = SizedCache[tuple[str, ...], Shape[Document]]()
        # one thread: several would delay the event loop by a switch interval of the interpreter each
        self._reader = ThreadPoolExecutor(1, "documents")
        self._reading: dict[str, asyncio.Future[Document | Variant]] = {}
        self._growths = 0

    def get(self, text: str) -> Document:
        """Return the document that ``text`` spells, its literals included.

        Raises Rejected, or BadUserInput for an unstorable literal.
        """
        found = self._kept.use(text)
        return found or self._keep(text, self._document(self._validator.read(text), text, self._kept, text))

    async def read(self, text: str) -> Found:
        """Return the document of a text, and the values of its literals if they are not part of it.

        A long text that is new is read in a thread, without a stall of the event loop. Raises what ``get`` does.
        """
        kept = self._kept.use(text)
        if kept is not None:
            return kept, None
        between, tokens = split(text) if self._share_literals and len(text) <= LONGEST_KEPT else ((), ())
        shape = self._shapes.use(between) if tokens else None
        found = None if shape is None else shape.find(text, tokens)
        if found is not None:
            return found
        made = self._new(text, tokens, shape) if len(text) <= SHORT else await self._in_thread(text, tokens, shape)
        if isinstance(made, Variant):
            return self._keep_variant(between, made)
        if tokens and shape is None:
            self._shapes.setdefault(between, Shape(len(text), len(tokens)))
            self._shapes.count(between)
        return self._keep(text, made), None

    async def _in_thread(
        self, text: str, tokens: tuple[str, ...], shape: Shape[Document] | None
    ) -> "Document | Variant":
        """The same as ``_new``, in the thread, and once for all requests that wait for the same text."""
        reading = self._reading.get(text)
        if reading is None:
            loop = asyncio.get_running_loop()
            reading = loop.run_in_executor(self._reader, self._kept_or_new, text, tokens, shape)
            self._reading[text] = reading
            reading.add_done_callback(lambda _: self._reading.pop(text))
        return await asyncio.shield(reading)  # a request that is cancelled does not cancel it for others

    def _kept_or_new(self, text: str, tokens: tuple[str, ...], shape: Shape[Document] | None) -> "Document | Variant":
        """The same as ``_new``, unless another request has read the text while this one waited for the thread."""
        return self._kept.get(text) or self._new(text, tokens, shape)

    def _new(self, text: str, tokens: tuple[str, ...], shape: Shape[Document] | None) -> "Document | Variant":
        """Read a text. From the second text of a shape on, its document is parameterized if that is possible."""
        valid = self._validator.read(text)
        if shape is not None and not shape.is_closed:
            shape.reads = shape.reads or read_types(self._schema, valid.node, text)
            keyed = shape.key(tokens)
            if keyed is not None:
                key, values = keyed
                lifted = replace(valid, node=parameterized(valid.node, text, key))
                document = self._document(lifted, text, self._shapes, split(text)[0])
                return Variant(shape, key, document, Literals(values, text, Spans.of(text)))
            shape.is_closed = shape.reads is None
        return self._document(valid, text, self._kept, text)

    def _keep(self, text: str, document: Document) -> Document:
        """The document that is kept: of several that were read at the same time, the first."""
        if text in self._kept:
            return self._kept[text]
        if len(text) <= LONGEST_KEPT:
            self._kept[text] = document
            self._grown(self._kept, text)
        return document

    def _keep_variant(self, between: tuple[str, ...], made: "Variant") -> Found:
        """The parameterized document that is kept: of several that were made at the same time, the first."""
        shape = self._shapes.setdefault(between, made.shape)
        document, original = shape.keep(made.key, made.document, made.literals.original)
        self._grown(self._shapes, between)
        return document, replace(made.literals, original=original)

    def _grown(self, cache: SizedCache[Any, Any], key: Any) -> None:
        """Count what has grown, and forget the least recently used until what is left is few and small enough."""
        cache.count(key)
        self._growths += 1
        for each in (self._kept, self._shapes):
            if self._growths % COUNT_ALL == 0:
                each.count_all()
            while len(each) > self._caches.documents:
                each.forget()
        while self._kept.size + self._shapes.size > self._caches.document_bytes:
            larger = self._kept.size >= self._shapes.size
            self._kept.forget() if larger else self._shapes.forget()

    def _document(self, valid: Valid, text: str, cache: SizedCache[Any, Any], key: Any) -> Document:
        """Return a validated document, with nothing planned yet; ``cache`` is going to have it under ``key``."""

        def grown() -> None:
            self._grown(cache, key)

        node, fragments = valid.node, fragments_of(valid.node)
        plans = OperationPlans(self._schema, fragments, valid.choices, valid.sizes, grown)
        costs = Costs(self._costs, fragments, valid.choices)
        operations = _operations(node)
        introspections = Introspections(self._schema, operations.values(), fragments, self._reader, grown)
        return Document(node, operations, fragments, plans, costs, introspections, len(text))


@dataclass(frozen=True, slots=True)
class Variant:
    """A parameterized document that was made for a text of a shape."""

    shape: Shape[Document]
    key: Any
    document: Document
    literals: Literals


def _operations(document: DocumentNode) -> dict[str | None, OperationDefinitionNode]:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named: dict[str | None, OperationDefinitionNode] = {node.name.value: node for node in found if node.name}
    return named | {None: found[0]} if len(found) == 1 else named
