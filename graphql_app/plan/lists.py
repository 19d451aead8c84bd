"""Arguments of a plan's lists and groups, and caches of the requests read from them.

Literal filters and orders are the same for all requests of a role, and are cached in the plan. The page is read from
the variables of each request. Statements about lists are cached by their shape, for all documents.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    VariableValues,
    get_named_type,
    get_nullable_type,
    value_from_ast_untyped,
)
from graphql.execution.values import get_argument_values
from strawberry import UNSET
from strawberry.types.field import StrawberryField

from graphql_app.context import Context
from graphql_app.errors import RequestError
from graphql_app.limits import Limits
from graphql_app.models.base import Base
from graphql_app.models.kinds.comparators import Comparator, Operand
from graphql_app.sql.aggregates import Grouping, Measure
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.conditions import And
from graphql_app.sql.cursors import CursorCodec
from graphql_app.sql.edges import Edge
from graphql_app.sql.orders import Order
from graphql_app.sql.parameters import Given, Values
from graphql_app.sql.select import List, Page, parameterize_list, parameterize_page
from graphql_app.strawberry_adapter import DEFINITION, StrawberrySchema, converted_arguments, declaration_of

MEANING = "meaning"
"""Metadata key of an input field for the comparator, value or function that it selects."""
PAGE_ARGUMENTS = ("first", "after", "last", "before")
MOST_PAGES = 4
"""Cached pages of different sizes per list: clients use one or two."""
MOST_SHAPES, MOST_VALUES = 8, 30
"""Cached lists of different shapes per field of a document, and the maximum number of values of a cached list."""


@dataclass(slots=True)
class ListSelection:
    """Requested list: its shape, and the values that were extracted from it.

    The values of variables are ``Given``: they are read for each request.
    """

    shape: List
    values: dict[str, Any]
    is_generic: bool
    """True if a generic plan of PostgreSQL is efficient for all values of the statements.

    This applies to rows found by keys of an index, such as lists per parent with any filter, and to sorted pages:
    PostgreSQL plans such statements once. The best index for a rare value in the filter of a whole table may be the
    worst for a frequent value (``docs/planning.md`` has measurements).
    """
    cursors: CursorCodec
    pages: dict[tuple[Any, ...], "ListRequest"] = field(default_factory=dict)
    """Earlier requests without cursors, by their page sizes."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Request of a page of a list: the list, the page, its shape, and all values."""

    selection: ListSelection
    page: Page
    page_shape: Page
    values: dict[str, Any]
    steps: dict[int, Compiled] = field(default_factory=dict)
    """Statements of steps that depend on nothing else."""


class ListDeclaration(Protocol):
    """Declaration of a connection."""

    varies: bool
    """True if the same arguments may select another list in the next request."""

    def target(self) -> type[Base]:
        """Return the model of the records."""

    @property
    def edge(self) -> Edge | None:
        """The edge from the parent; None for a list without a parent."""

    def read(self, context: Context, arguments: dict[str, Any]) -> tuple[List, Page]:
        """Return the requested list and page. Raises BadUserInput or Forbidden."""

    def read_page(self, order: Order, arguments: dict[str, Any], limits: Limits) -> Page:
        """Return the requested page. Raises BadUserInput."""


class GroupsDeclaration(Protocol):
    """Declaration of the groups of a connection."""

    def read(self, context: Context, arguments: dict[str, Any], measures: tuple[Measure, ...]) -> Grouping:
        """Return the requested grouping. Raises BadUserInput or Forbidden."""


class FieldArguments[D]:
    """Field of the document with arguments that are read when the plan runs."""

    def __init__(self, node: FieldNode, definition: GraphQLField) -> None:
        self.node, self.definition = node, definition
        self.declared: D = declaration_of(definition)
        self._field: StrawberryField = declaration_of(definition)

    def values(self, schema: StrawberrySchema, variables: VariableValues) -> dict[str, Any]:
        """Return the arguments under their Python names, as Strawberry's types."""
        values = get_argument_values(self.definition, self.node, variables)
        return converted_arguments(self._field, values, schema)


class ListArguments(FieldArguments[ListDeclaration]):
    """Connection in the document, whose arguments select the list and the page."""

    def __init__(self, node: FieldNode, definition: GraphQLField) -> None:
        super().__init__(node, definition)
        arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
        page = {name: value for name, value in arguments.items() if name in PAGE_ARGUMENTS}
        self._variables = {name: value.name.value for name, value in page.items() if isinstance(value, VariableNode)}
        self._written = {name: value_from_ast_untyped(page[name]) for name in page if name not in self._variables}
        self._inputs: dict[str, tuple[GraphQLInputType, bool]] = {}
        """Variables of the other arguments: their types, and True if rows are compared with them."""
        for name, value in arguments.items():
            if name not in PAGE_ARGUMENTS:
                self._add_variables(value, definition.args[name].type, False)
        self._selections: dict[tuple[object, ...], ListSelection] = {}
        self.one_more = False
        """True if ``hasNextPage`` or ``hasPreviousPage`` is selected."""

    @property
    def is_plain(self) -> bool:
        """True if the rows that are read are exactly the page, in its order."""
        return not self.one_more and "last" not in (*self._written, *self._variables)

    def read(self, context: Context, schema: StrawberrySchema, variables: VariableValues) -> ListRequest:
        """Return the requested page. Raises BadUserInput or Forbidden."""
        with suppress(RequestError):  # raised again below, where values are read in the order of the arguments
            if not self.declared.varies:
                return self._cached(context, schema, variables)
        return self._request(self._selection(context, schema, variables), context, variables)

    def _cached(self, context: Context, schema: StrawberrySchema, variables: VariableValues) -> ListRequest:
        coerced, given = variables.coerced, ComparedValues()
        # role and scopes are only part of the key: code that depends on them calls `reading.require`
        viewer = context.viewer
        shape: list[object] = [viewer.role, viewer.scopes]
        for name, (kind, is_compared) in self._inputs.items():
            shape.append(given.take(kind, coerced[name], name, is_compared) if name in coerced else UNSET)
        selection = self._selections.get(tuple(shape))
        if selection is None:
            replaced = VariableValues(variables.sources, {**coerced, **given.replaced})
            selection = self._selection(context, schema, replaced)
            if len(self._selections) >= MOST_SHAPES:
                self._selections.clear()
            if len(selection.values) <= MOST_VALUES:
                self._selections[tuple(shape)] = selection
        request = self._request(selection, context, variables)
        return replace(request, values=given.bound(request.values)) if given.values else request

    def _request(self, selection: ListSelection, context: Context, variables: VariableValues) -> ListRequest:
        coerced = variables.coerced
        given = self._written | {name: coerced.get(variable, UNSET) for name, variable in self._variables.items()}
        sizes = (*given.values(),)
        request = selection.pages.get(sizes)
        if request is None:
            page = self.declared.read_page(selection.shape.order, given, context.reading.limits)
            values = Values(dict(selection.values))
            shape = parameterize_page(page, values, one_more=self.one_more)
            request = ListRequest(selection, page, shape, values.taken)
            if len(selection.pages) < MOST_PAGES and not any(isinstance(size, str) for size in sizes):
                selection.pages[sizes] = request
        return request

    def _selection(self, context: Context, schema: StrawberrySchema, variables: VariableValues) -> ListSelection:
        arguments = self.values(schema, variables) | dict.fromkeys(PAGE_ARGUMENTS, UNSET)
        values = Values({})
        listing = replace(self.declared.read(context, arguments)[0], audience=context.audience)
        shape = parameterize_list(listing, values)
        is_generic = shape.edge is not None or shape.condition == And(())
        return ListSelection(shape, values.taken, is_generic, CursorCodec(shape.model, shape.order))

    def _add_variables(self, value: ValueNode, kind: Any, is_compared: bool) -> None:
        """Add the variables in a value of a type; ``is_compared`` is true if rows are compared with the value."""
        kind = get_nullable_type(kind)
        match value:
            case VariableNode():
                name = value.name.value
                self._inputs[name] = (kind, is_compared and self._inputs.get(name, (kind, True))[1])
            case ListValueNode():
                for item in value.values:
                    self._add_variables(item, kind.of_type if isinstance(kind, GraphQLList) else kind, is_compared)
            case ObjectValueNode():
                for each in value.fields:
                    declared = getattr(get_named_type(kind), "fields", {}).get(each.name.value)
                    if declared is None:  # a JSON value
                        self._add_variables(each.value, kind, False)
                    else:
                        self._add_variables(each.value, declared.type, _is_operator(declared))


class ComparedValues:
    """Values of variables with which rows are compared. The remainder of the variables determines the list's shape."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.replaced: dict[str, object] = {}
        """The variables with ``Given`` in place of the values."""

    def take(self, kind: GraphQLInputType, value: object, name: str, is_compared: bool) -> object:
        """Extract the values from a variable; return the remainder, which is hashable."""
        self.replaced[name], remainder = self._taken(kind, value, is_compared)
        return remainder

    def _taken(self, kind: Any, value: Any, is_compared: bool) -> tuple[Any, Any]:
        kind = get_nullable_type(kind)
        if value is None:
            return None, None
        if isinstance(kind, GraphQLList):
            parts = [self._taken(kind.of_type, each, is_compared) for each in value]
            return [part for part, _ in parts], tuple(left for _, left in parts)
        if isinstance(kind, GraphQLInputObjectType):
            fields = kind.fields
            found = {
                name: self._taken(fields[name].type, each, _is_operator(fields[name])) for name, each in value.items()
            }
            return {name: part for name, (part, _) in found.items()}, tuple(
                (name, left) for name, (_, left) in found.items()
            )
        if not is_compared:
            return value, repr(value) if isinstance(value, list | dict) else value
        self.values.append(value)
        return Given(len(self.values) - 1), Given

    def bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a statement with the extracted values inserted. Raises BadUserInput."""
        return {name: self._bound(value) for name, value in values.items()}

    def _bound(self, value: Any) -> Any:
        if type(value) is Given:
            return value.read(self.values[value.index])
        return [self._bound(each) for each in value] if type(value) is list else value


def _is_operator(declared: GraphQLInputField) -> bool:
    """Return True if an input field compares rows with its value."""
    meaning = declared.extensions[DEFINITION].metadata.get(MEANING)
    return isinstance(meaning, Comparator) and meaning.operand is not Operand.FLAG


class GroupArguments(FieldArguments[GroupsDeclaration]):
    """Field ``groups`` in the document, with its measures."""

    def __init__(self, node: FieldNode, definition: GraphQLField, measures: tuple[Measure, ...]) -> None:
        super().__init__(node, definition)
        self.measures = measures

    def read(self, context: Context, schema: StrawberrySchema, variables: VariableValues) -> Grouping:
        """Return the requested grouping. Raises BadUserInput or Forbidden."""
        return self.declared.read(context, self.values(schema, variables), self.measures)
