"""Second station: the document. Parsed, validated and checked once, and kept by its text for the next request.

Only documents that passed are kept; a document with a literal that differs each time has a text of its own, so what
they take is bounded, in number and together with their plans in bytes, and the least recently used goes first.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from graphql_app.errors import BadRequest, RequestError
from graphql_app.execution.caches import USUAL, Caches
from graphql_app.execution.cost import Cost, CostLimits, Costs
from graphql_app.execution.introspection import Introspections
from graphql_app.execution.texts import check_literals
from graphql_app.mutations.placing import KeysWhereTheyCount, MostCallsPerOperation
from graphql_app.plan.planner import Plans
from graphql_app.plan.selection import directive_variables, fragments_of
from graphql_app.plan.sizes import size_variables
from graphql_app.plan.whole import Wholes
from graphql_app.views.limits import Limits

PARSE_FAILED, VALIDATION_FAILED = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
"""Apollo Server's codes for the two."""
LONGEST_KEPT = 20_000
"""Characters; a longer document is parsed each time, so that a few of them cannot fill the memory."""
SHORT = 1_000
"""Characters; a longer document takes more than about 10 ms to parse and validate."""
BYTES_OF_A_CHARACTER = 80
"""What a parsed document was measured to take for each character of its text."""


class Unresolvable(RequestError):
    """The document does not hold the operation that was asked for."""

    code = "OPERATION_RESOLUTION_FAILURE"


class Rejected(Exception):
    """The text is not GraphQL, or does not fit the schema; ``errors`` say where, ``code`` which of both."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


def too_deep() -> Rejected:
    """The rejection of a document whose nesting exhausts the stack."""
    return Rejected(PARSE_FAILED, [GraphQLError("The document is nested too deeply.")])


@dataclass(frozen=True, slots=True)
class Document:
    """A document that fits the schema."""

    node: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    """By name; by None, too, if there is only one."""
    fragments: dict[str, FragmentDefinitionNode]
    plans: Plans
    wholes: Wholes
    costs: Costs
    introspections: Introspections
    length: int
    """Of its text, in characters."""

    @property
    def size(self) -> int:
        """About how many bytes it takes, with its plans and results."""
        parts = (self.plans, self.wholes, self.costs, self.introspections)
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


class Documents:
    """Turns texts into documents of one schema. ``caches`` says how many are kept, and how large all may be."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        introspection: bool,
        max_tokens: int,
        caches: Caches = USUAL,
        limits: Limits | None = None,
    ) -> None:
        self._schema, self._limits = schema, limits or Limits()
        hiding = [] if introspection else [NoSchemaIntrospectionCustomRule]
        self._rules = [*specified_rules, KeysWhereTheyCount, MostCallsPerOperation, *hiding]
        self._max_tokens = max_tokens
        # an error that suggests names tells the schema as introspection would
        self._secret = not introspection
        self._caches = caches
        self._kept: OrderedDict[str, Document] = OrderedDict()
        # one thread: several would delay the event loop by a switch interval of the interpreter each
        self._reader = ThreadPoolExecutor(1, "documents")

    def get(self, text: str) -> Document:
        """The document that ``text`` spells. Raises Rejected, or BadUserInput for an unstorable literal."""
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        return self._keep(text, self._read(text))

    async def read(self, text: str) -> Document:
        """The same, without a stall of the event loop: a long text that is not kept is read in a thread."""
        if len(text) <= SHORT or text in self._kept:
            return self.get(text)
        loop = asyncio.get_running_loop()
        return self._keep(text, await loop.run_in_executor(self._reader, self._kept_or_read, text))

    def _kept_or_read(self, text: str) -> Document:
        """The document, which may have been kept for another request while this one waited for the thread."""
        return self._kept.get(text) or self._read(text)

    def _keep(self, text: str, document: Document) -> Document:
        """The document that is kept: of several that were read at the same time, the first."""
        if text in self._kept:
            return self._kept[text]
        if len(text) <= LONGEST_KEPT:
            self._kept[text] = document
            self._forget()
        return document

    def _forget(self) -> None:
        """Forget documents, the least recently used first, until what is left is few and small enough."""
        size = sum(document.size for document in self._kept.values())
        while len(self._kept) > self._caches.documents or size > self._caches.document_bytes:
            _, gone = self._kept.popitem(last=False)
            size -= gone.size

    def _read(self, text: str) -> Document:
        try:
            node = self._parsed(text)
            errors = validate(
                self._schema, node, self._rules, hide_suggestions=self._secret, allow_empty_selection_sets=False
            )
        except RecursionError:
            raise too_deep() from None
        if errors:
            raise Rejected(VALIDATION_FAILED, errors)
        check_literals(node)
        choices, fragments = directive_variables(node), fragments_of(node)
        plans = Plans(choices, size_variables(node), grown=self._forget)
        wholes = Wholes(self._schema, fragments, choices)
        costs = Costs(self._schema, fragments, choices, self._limits)
        operations = _operations(node)
        introspections = Introspections(self._schema, operations.values(), fragments, self._reader, self._forget)
        return Document(node, operations, fragments, plans, wholes, costs, introspections, len(text))

    def _parsed(self, text: str) -> DocumentNode:
        if not text.strip():
            raise BadRequest("The request has no query.")
        try:
            return parse(text, max_tokens=self._max_tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            raise Rejected(PARSE_FAILED, [error]) from None


def _operations(document: DocumentNode) -> dict[str | None, OperationDefinitionNode]:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named: dict[str | None, OperationDefinitionNode] = {node.name.value: node for node in found if node.name}
    return named | {None: found[0]} if len(found) == 1 else named
