"""Documents: parsed, validated and checked once, and cached by their text.

Only valid documents are cached. Texts that differ only in literals share a parameterized document, starting with the
second text: see :mod:`graphql_app.execution.parameterization`. The caches are bounded in number and, together with the
plans of documents, in bytes. The least recently used entry is evicted first.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from graphql_app.errors import RequestError
from graphql_app.execution.caches import DEFAULT_LIMITS, CacheLimits, DocumentCosts, SizedCache
from graphql_app.execution.cost import Cost, CostLimits, SchemaCosts
from graphql_app.execution.deferral import Deferral, without_incremental
from graphql_app.execution.introspection import IntrospectionCache, root_fields
from graphql_app.execution.parameterization import (
    DocumentShape,
    Literals,
    LiteralSpans,
    VariantKey,
    parameterized,
    read_types,
    split,
)
from graphql_app.execution.request import JsonObject
from graphql_app.execution.request_bounds import UNBOUNDED, RequestBounds
from graphql_app.execution.validation import Validator, ValidDocument, nested_too_deeply
from graphql_app.limits import Limits
from graphql_app.plan.cache import OperationPlans
from graphql_app.plan.selection import fragments_of, operations_of
from graphql_app.types.declarations import least_max_age

LONGEST_CACHED = 20_000
"""Characters of a document. A longer one is parsed for each request, so that a few of them cannot fill the memory."""
SHORT = 1_000
"""Characters of a document. A longer one takes more than about 10 ms to parse and validate."""
BYTES_OF_A_CHARACTER = 80
"""Measured bytes of a parsed document per character of its text."""
DRY_RUN = "dryRun"
COUNT_ALL = 64
"""Number of updates between full counts, since small parts of a document grow without notice."""


class UnknownOperation(RequestError):
    """Document without the requested operation."""

    code = "OPERATION_RESOLUTION_FAILURE"


@dataclass(frozen=True, slots=True)
class Document:
    """Valid document of the schema, with the caches of its operations."""

    node: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    """Operations by name. A single operation is also found by None."""
    fragments: dict[str, FragmentDefinitionNode]
    plans: OperationPlans
    costs: DocumentCosts
    introspections: IntrospectionCache
    length: int
    """Characters of its text."""
    has_dry_run: bool = False
    """True if it may contain the argument ``dryRun``."""
    deferral: "Deferral[Document] | None" = None
    """Parts of its operations, if it has `@defer` or `@stream`; ``node`` is without these directives."""

    @property
    def size(self) -> int:
        """Approximate bytes, including plans and results."""
        own = self.plans.size + self.costs.size + self.introspections.size + BYTES_OF_A_CHARACTER * self.length
        return own if self.deferral is None else own + self.deferral.size

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation with this name, or the only one. Raises UnknownOperation."""
        if name in self.operations:
            return self.operations[name]
        if name is None:
            raise UnknownOperation("The document has several operations: select one with `operationName`.")
        raise UnknownOperation("The document has no operation with the name in `operationName`.")

    def cost(self, operation: OperationDefinitionNode, raw: JsonObject, limits: CostLimits) -> Cost:
        """Return the operation's cost. Raises CostLimitExceeded, or InvalidDocument for too deep nesting."""
        try:
            return self.costs.check(operation, raw, limits)
        except RecursionError:
            raise nested_too_deeply() from None

    def max_age(self, operation: OperationDefinitionNode) -> int:
        """Return the seconds for which a client may reuse a response: the least that its objects declare."""
        names = root_fields(operation, self.fragments)
        return least_max_age(self.node, operation.operation, names, self.plans.schema)


@dataclass(frozen=True, slots=True)
class Variant:
    """New parameterized document of a shape."""

    shape: DocumentShape[Document]
    key: VariantKey
    document: Document
    literals: Literals


AnyCache = SizedCache[Any, Any]
"""Either cache. Their keys have different types."""
Grown = Callable[[], None]
"""Function that is called after a document has grown."""
DocumentWithLiterals = tuple[Document, Literals | None]
"""Document, and the values of its literals if it is parameterized."""


class DocumentCache:
    """Cache of the documents of one schema. ``share_literals`` enables parameterized documents."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        introspection: bool,
        bounds: RequestBounds = UNBOUNDED,
        suggestions: bool = True,
        caches: CacheLimits = DEFAULT_LIMITS,
        limits: Limits | None = None,
        share_literals: bool = True,
    ) -> None:
        self._schema, self._costs = schema, SchemaCosts(schema, limits or Limits())
        self._share_literals = share_literals
        self._validator = Validator(schema, introspection=introspection, bounds=bounds, suggestions=suggestions)
        # one thread: several would delay the event loop by a switch interval of the interpreter each
        self._thread = ThreadPoolExecutor(1, "documents")
        self.reset(caches)

    def reset(self, limits: CacheLimits) -> None:
        """Begin with empty caches, which have these limits."""
        self._limits = limits
        self._documents = SizedCache[str, Document]()
        self._shapes = SizedCache[tuple[str, ...], DocumentShape[Document]]()
        self._reading: dict[str, asyncio.Future[Document | Variant]] = {}
        self._growths = 0
        self.read_count = self.plan_count = 0

    @property
    def documents(self) -> int:
        """Number of cached documents, including those without their literals."""
        return len(self._documents) + len(self._shapes)

    @property
    def size(self) -> int:
        """Approximate bytes of the cached documents."""
        return self._documents.size + self._shapes.size

    def apart(self, limits: CacheLimits) -> "DocumentCache":
        """Return a separate cache for the same schema, which shares the thread and the validator."""
        other = copy(self)
        other.reset(limits)
        return other

    def get(self, text: str) -> Document:
        """Return the document of ``text``, including its literals.

        Raises InvalidDocument, or BadUserInput for a literal that PostgreSQL cannot store.
        """
        found = self._documents.use(text)
        return found or self._add(text, self._document(self._validator.read(text), text, self._documents, text))

    async def read(self, text: str) -> DocumentWithLiterals:
        """Return the document of ``text``, and the values of its literals if they are not part of it.

        A long text that is new is read in a thread, so that it does not block the event loop. Raises the same errors
        as ``get``.
        """
        cached = self._documents.use(text)
        if cached is not None:
            return cached, None
        between, tokens = split(text) if self._share_literals and len(text) <= LONGEST_CACHED else ((), ())
        shape = self._shapes.use(between) if tokens else None
        found = None if shape is None else shape.find(text, tokens)
        if found is not None:
            return found
        new = self._new(text, tokens, shape) if len(text) <= SHORT else await self._in_thread(text, tokens, shape)
        if isinstance(new, Variant):
            return self._add_variant(between, new)
        if tokens and shape is None:
            self._shapes.setdefault(between, DocumentShape(len(text), len(tokens)))
            self._shapes.count(between)
        return self._add(text, new), None

    async def _in_thread(
        self, text: str, tokens: tuple[str, ...], shape: DocumentShape[Document] | None
    ) -> Document | Variant:
        """Call ``_new`` in the thread, once for all requests that wait for the same text."""
        reading = self._reading.get(text)
        if reading is None:
            loop = asyncio.get_running_loop()
            run = copy_context().run  # with the span of the operation
            reading = loop.run_in_executor(self._thread, run, self._cached_or_new, text, tokens, shape)
            self._reading[text] = reading
            reading.add_done_callback(lambda _: self._reading.pop(text))
        return await asyncio.shield(reading)  # a request that is cancelled does not cancel it for others

    def _cached_or_new(
        self, text: str, tokens: tuple[str, ...], shape: DocumentShape[Document] | None
    ) -> Document | Variant:
        """Call ``_new``, unless another request has read the text while this one waited for the thread."""
        return self._documents.get(text) or self._new(text, tokens, shape)

    def _new(self, text: str, tokens: tuple[str, ...], shape: DocumentShape[Document] | None) -> Document | Variant:
        """Read a text. Starting with the second text of a shape, its document is parameterized if possible."""
        valid = self._validator.read(text)
        if shape is not None and not shape.is_closed:
            if valid.incremental is None:  # its directives have literals on which the parts depend
                shape.reads = shape.reads or read_types(self._schema, valid.node, text)
            keyed = shape.key(tokens)
            if keyed is not None:
                key, values = keyed
                with_variables = replace(valid, node=parameterized(valid.node, text, key))
                document = self._document(with_variables, text, self._shapes, split(text)[0])
                return Variant(shape, key, document, Literals(values, text, LiteralSpans.of(text)))
            shape.is_closed = shape.reads is None
        return self._document(valid, text, self._documents, text)

    def _add(self, text: str, document: Document) -> Document:
        """Return the cached document: the first of several that were read at the same time."""
        if text in self._documents:
            return self._documents[text]
        if len(text) <= LONGEST_CACHED:
            self._documents[text] = document
            self._grown(self._documents, text)
        return document

    def _add_variant(self, between: tuple[str, ...], new: Variant) -> DocumentWithLiterals:
        """Return the cached parameterized document: the first of several that were made at the same time."""
        shape = self._shapes.setdefault(between, new.shape)
        document, original = shape.add(new.key, new.document, new.literals.original)
        self._grown(self._shapes, between)
        return document, replace(new.literals, original=original)

    def _grown(self, cache: AnyCache, key: Hashable) -> None:
        """Count an entry that has grown, and evict the least recently used entries until the limits are met."""
        cache.count(key)
        self._growths += 1
        for each in (self._documents, self._shapes):
            if self._growths % COUNT_ALL == 0:
                each.count_all()
            while len(each) > self._limits.documents:
                each.evict()
        while self.size > self._limits.document_bytes:
            larger = self._documents.size >= self._shapes.size
            self._documents.evict() if larger else self._shapes.evict()

    def _document(self, valid: ValidDocument, text: str, cache: AnyCache, key: Hashable) -> Document:
        """Return a document without plans, to be stored in ``cache`` under ``key``."""

        def grown() -> None:
            self._grown(cache, key)

        def planned() -> None:
            self.plan_count += 1
            grown()

        self.read_count += 1
        if valid.incremental is None:
            return self._made(valid, text, grown, planned)

        def of_part(node: DocumentNode) -> Document:
            return self._made(replace(valid, node=node), text, grown, planned)

        plain = self._made(replace(valid, node=without_incremental(valid.node)), text, grown, planned)
        return replace(plain, deferral=Deferral(valid.node, valid.incremental, of_part))

    def _made(self, valid: ValidDocument, text: str, grown: Grown, planned: Grown) -> Document:
        fragments, operations = fragments_of(valid.node), operations_of(valid.node)
        plans = OperationPlans(self._schema, fragments, valid.choices, valid.sizes, planned)
        costs = DocumentCosts(self._costs, fragments, valid.choices)
        introspections = IntrospectionCache(self._schema, operations.values(), fragments, self._thread, grown)
        return Document(valid.node, operations, fragments, plans, costs, introspections, len(text), DRY_RUN in text)
