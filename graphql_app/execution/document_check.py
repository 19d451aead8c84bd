"""Pre-deployment check of documents: validity, limits, plan, SQL.

Nothing is executed. Variables without a default have example values of their types, and variables on which the size of
a page depends have the maximum size, so the cost is an upper bound.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    VariableValues,
    get_variable_values,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)
from sqlalchemy import make_url

from graphql_app.context import Context
from graphql_app.database.pool import ConnectionPool, PoolOptions
from graphql_app.database.session import OperationSession
from graphql_app.errors import RequestError
from graphql_app.execution.cost import Cost
from graphql_app.execution.documents import Document
from graphql_app.execution.options import ExecutorOptions, document_cache
from graphql_app.execution.request import JsonObject
from graphql_app.execution.validation import InvalidDocument
from graphql_app.loaders import Loaders
from graphql_app.pacing import Pacer, Pacing
from graphql_app.plan.operation import OperationPlan
from graphql_app.plan.program import Program
from graphql_app.plan.run import Call, ProgramRun
from graphql_app.plan.selection import Unplannable
from graphql_app.sql.compiled import StatementCache
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer

EXAMPLES = {
    "ID": "00000000-0000-7000-8000-000000000000",
    "String": "text",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "DateTime": "2026-01-01T00:00:00Z",
    "Date": "2026-01-01",
    "Decimal": "1",
}
"""Example values of scalars. For other scalars, the example is a text."""
NOWHERE = make_url("postgresql+asyncpg://127.0.0.1/nowhere")
"""Address to which no connection is made."""


@dataclass(slots=True)
class CheckedOperation:
    """Result of the check of one operation."""

    name: str
    cost: Cost | None = None
    fell_back: str = ""
    """Reason for an execution without a plan; else empty."""
    statements: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class DocumentChecker:
    """Checker of documents of one API, for viewers with ``role``."""

    def __init__(self, api: Api, options: ExecutorOptions, role: str) -> None:
        self._api, self._options = api, options
        self._viewer = Viewer(UUID(int=1), UUID(int=2), role)
        self._pool = ConnectionPool(NOWHERE, {}, PoolOptions())
        self._documents = document_cache(options, api.graphql_schema)

    async def check(self, text: str) -> list[CheckedOperation]:
        """Return the results of a document's operations; one result with the errors of an invalid document."""
        try:
            document = self._documents.get(text)
        except InvalidDocument as invalid:
            return [CheckedOperation("", errors=[_located(each.message, each.locations) for each in invalid.errors])]
        except RequestError as error:
            return [CheckedOperation("", errors=[str(error)])]
        operations = {id(each): each for each in document.operations.values()}
        return [await self._checked(document, node) for node in operations.values()]

    async def _checked(self, document: Document, node: OperationDefinitionNode) -> CheckedOperation:
        result = CheckedOperation(node.name.value if node.name else "")
        try:
            largest = dict(self._variables(node, is_largest=True))
            result.cost = document.cost(node, largest, self._options.costs)
        except RequestError as error:
            result.errors.append(str(error))
            return result
        values = get_variable_values(
            self._api.graphql_schema, node.variable_definitions or (), dict(self._variables(node))
        )
        if isinstance(values, VariableValues):
            await self._plan(document, node, values, result)
        else:
            result.errors += [error.message for error in values]
        return result

    async def _plan(
        self, document: Document, node: OperationDefinitionNode, values: VariableValues, result: CheckedOperation
    ) -> None:
        plan = await document.plans.get(node, values, Pacer())
        if isinstance(plan, Unplannable):
            result.fell_back = str(plan)
            return
        session = OperationSession(self._pool, self._viewer.organization_id, self._viewer)
        loaders = Loaders(session, self._api.nodes, Pacing(Pacer(), 0))
        context = Context(session, loaders, self._options.limits, tables=self._api.tables)
        schema, statements = self._api.graphql_schema, StatementCache()
        call = Call(node, schema, document.fragments, context, values, statements, self._api.schema)
        try:
            result.statements = statements_of(plan, call)
        except RequestError as error:
            result.errors.append(str(error))

    def _variables(
        self, node: OperationDefinitionNode, *, is_largest: bool = False
    ) -> Iterator[tuple[str, Any]]:  # any JSON value
        for definition in node.variable_definitions or ():
            kind = type_from_ast(self._api.graphql_schema, definition.type)
            assert is_input_type(kind)  # the document is valid
            name, most = definition.variable.name.value, self._options.limits.page_most
            plain = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
            if is_largest and isinstance(plain, GraphQLList):
                yield name, [example_of(plain.of_type)] * most
            elif is_largest and getattr(plain, "name", "") == "Int":
                yield name, most
            elif definition.default_value is None and isinstance(kind, GraphQLNonNull):
                yield name, example_of(kind)


def example_of(kind: GraphQLInputType) -> Any:  # any JSON value
    """Return a value of an input type without optional fields."""
    match kind:
        case GraphQLNonNull():
            return example_of(kind.of_type)
        case GraphQLList():
            return [example_of(kind.of_type)]
        case GraphQLEnumType():
            return next(iter(kind.values))
        case GraphQLInputObjectType():
            return _example_object(kind)
    return EXAMPLES.get(kind.name, "text")


def _example_object(kind: GraphQLInputObjectType) -> JsonObject:
    if kind.is_one_of:
        name, first = next(iter(kind.fields.items()))
        return {name: example_of(first.type)}
    return {name: example_of(each.type) for name, each in kind.fields.items() if is_required_input_field(each)}


def _located(message: str, locations: Any) -> str:  # graphql-core's list, or None
    return "".join(f"{each.line}:{each.column}: " for each in (locations or ())[:1]) + message


def statements_of(plan: OperationPlan, call: Call) -> list[str]:
    """Return the SQL of the statements that a plan sends, without sending them. Statements of rules are not included.

    Raises BadUserInput or Forbidden for an argument that the operation's viewer may not use.
    """
    found: dict[str, None] = {}
    for program in _programs(plan):
        run = ProgramRun(program, call)
        statements = [run.statement(index) for index, step in enumerate(program.steps) if step.is_used]
        found |= {each.sql: None for each in statements if each is not None}
    return list(found)


def _programs(plan: OperationPlan) -> Iterable[Program]:
    """Return all programs of a plan, each once."""
    programs: dict[Program, None] = {}
    waiting = [each for each in plan.root.fields.values() if each is not None]
    while waiting:
        field = waiting.pop(0)
        types = field.types
        new = [] if field.listing is None else [field.listing]
        if types is not None:
            new += [*types.programs.values(), *(make() for make in types.late.values())]
            nested = [objects.fields.values() for objects in types.objects.values()]
            waiting += [each for fields in nested for each in fields if each is not None]
        for program in new:
            if program not in programs:
                programs[program] = None
                waiting += program.calls
    return programs
