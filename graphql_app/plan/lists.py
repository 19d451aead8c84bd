"""Arguments of a plan's lists and groups, read as often as they can differ and no more.

A filter and an order that are written in the document are the same for every request of a role: they are kept with the
plan. The page is read from the variables each time. Statements about lists are kept by their shape, for all documents.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
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

from graphql_app.errors import RequestError
from graphql_app.sql.aggregates import Grouping, Measure
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.conditions import OPERATORS, And
from graphql_app.sql.parameters import Given, Values
from graphql_app.sql.select import List, Page, parameterize_list, parameterize_page
from graphql_app.types.fields import DEFINITION, converted_arguments
from graphql_app.types.lists import read_page

PAGE = ("first", "after", "last", "before")
MOST_PAGES = 4
"""Pages of different sizes that are kept of a list: clients use one or two."""
MOST_SHAPES, MOST_VALUES = 8, 30
"""Lists of different shapes that are kept for one place in a document, and values that one of them may have."""


@dataclass(slots=True)
class ListSelection:
    """A list as it was asked for: its shape, and the values taken out of it.

    Those that variables give are ``Given``: they are read for each request.
    """

    shape: List
    values: dict[str, Any]
    is_generic: bool
    """Whether one plan of PostgreSQL's is good for all values of the statements.

    It is for rows found by keys of an index, as lists of parents are whatever they are filtered by, and for pages in an
    order, which spares PostgreSQL the planning. The index that is best for a rare value of a filter of a whole table
    can be the worst for a frequent one (``docs/planning.md`` has the figures).
    """
    pages: dict[tuple[Any, ...], "ListRequest"] = field(default_factory=dict)
    """What was asked of it before, by the sizes of the pages: without a cursor there are no other pages."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What one request asks of a list: the list, the page, its shape, and all values."""

    wanted: ListSelection
    page: Page
    page_shape: Page
    values: dict[str, Any]
    steps: dict[int, Compiled] = field(default_factory=dict)
    """The statements of steps for which nothing else counts than what is asked here."""


class ListArguments:
    """A connection in the document: its field, and the node whose arguments say which list and page are meant."""

    def __init__(self, shown: Any, node: FieldNode, definition: GraphQLField) -> None:
        self.shown, self.node, self.definition = shown, node, definition
        arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
        page = {name: value for name, value in arguments.items() if name in PAGE}
        self._variables = {name: value.name.value for name, value in page.items() if isinstance(value, VariableNode)}
        self._written = {name: value_from_ast_untyped(page[name]) for name in page if name not in self._variables}
        self._inputs: dict[str, tuple[Any, bool]] = {}
        """The variables of the other arguments: their types, and whether rows are compared with them."""
        for name, value in arguments.items():
            if name not in PAGE:
                self._note_variables(value, definition.args[name].type, False)
        self._kept: dict[tuple[Any, ...], ListSelection] = {}
        self.one_more = False
        """Whether it matters that there are more rows than the page has."""

    @property
    def is_plain(self) -> bool:
        """Whether the rows that are read are the page: none more than it has, and in its order."""
        return not self.one_more and "last" not in (*self._written, *self._variables)

    def read(self, context: Any, schema: Any, variables: Any) -> ListRequest:
        """What this request asks for. Raises BadUserInput or Forbidden."""
        with suppress(RequestError):  # raised again where all values are looked at in the order of the arguments
            if not self.shown.varies:
                return self._kept_or_read(context, schema, variables)
        return self._asked(self._wanted(context, schema, variables), context, variables)

    def _kept_or_read(self, context: Any, schema: Any, variables: Any) -> ListRequest:
        coerced, given = variables.coerced, ComparedValues()
        # which role it is kept for decides nothing: what depends on the role calls `reading.role`
        shape: list[Any] = [context.viewer.role]
        for name, (kind, is_compared) in self._inputs.items():
            shape.append(given.take(kind, coerced[name], name, is_compared) if name in coerced else UNSET)
        wanted = self._kept.get(tuple(shape))
        if wanted is None:
            lifted = VariableValues(variables.sources, {**coerced, **given.lifted})
            wanted = self._wanted(context, schema, lifted)
            if len(self._kept) >= MOST_SHAPES:
                self._kept.clear()
            if len(wanted.values) <= MOST_VALUES:
                self._kept[tuple(shape)] = wanted
        asked = self._asked(wanted, context, variables)
        return replace(asked, values=given.bound(asked.values)) if given.values else asked

    def _asked(self, wanted: ListSelection, context: Any, variables: Any) -> ListRequest:
        coerced = variables.coerced
        given = self._written | {name: coerced.get(variable, UNSET) for name, variable in self._variables.items()}
        sizes = (*given.values(),)
        asked = wanted.pages.get(sizes)
        if asked is None:
            page = read_page(wanted.shape.model, wanted.shape.order, given, context.reading.limits)
            values = Values(dict(wanted.values))
            shape = parameterize_page(page, values, one_more=self.one_more)
            asked = ListRequest(wanted, page, shape, values.taken)
            if len(wanted.pages) < MOST_PAGES and not any(isinstance(size, str) for size in sizes):
                wanted.pages[sizes] = asked
        return asked

    def _wanted(self, context: Any, schema: Any, variables: Any) -> ListSelection:
        arguments = converted_arguments(self.shown, get_argument_values(self.definition, self.node, variables), schema)
        asked, _ = self.shown.read(context, {**arguments, **dict.fromkeys(PAGE, UNSET)})
        values = Values({})
        shape = parameterize_list(asked, values)
        is_generic = shape.edge is not None or shape.condition == And(())
        return ListSelection(shape, values.taken, is_generic)

    def _note_variables(self, value: ValueNode, kind: Any, is_compared: bool) -> None:
        """Note the variables in a value of a type; ``is_compared`` says that rows are compared with the value."""
        kind = get_nullable_type(kind)
        match value:
            case VariableNode():
                name = value.name.value
                self._inputs[name] = (kind, is_compared and self._inputs.get(name, (kind, True))[1])
            case ListValueNode():
                for item in value.values:
                    self._note_variables(item, kind.of_type if isinstance(kind, GraphQLList) else kind, is_compared)
            case ObjectValueNode():
                for each in value.fields:
                    declared = get_named_type(kind).fields[each.name.value]
                    self._note_variables(each.value, declared.type, _is_operator(declared))


class ComparedValues:
    """The values with which rows are compared, taken out of variables: what is left decides on the shape of a list."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.lifted: dict[str, Any] = {}
        """The variables with ``Given`` in the places of the values."""

    def take(self, kind: Any, value: Any, name: str, is_compared: bool) -> Any:
        """Take the values out of a variable; return what is left of it, as something that can be a key."""
        self.lifted[name], left = self._taken(kind, value, is_compared)
        return left

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
            return value, value
        self.values.append(value)
        return Given(len(self.values) - 1), Given

    def bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a statement, with what was taken in its places. Raises BadUserInput."""
        return {name: self._bound(value) for name, value in values.items()}

    def _bound(self, value: Any) -> Any:
        if type(value) is Given:
            return value.read(self.values[value.index])
        return [self._bound(each) for each in value] if type(value) is list else value


def _is_operator(declared: Any) -> bool:
    """Whether an input field compares rows with its value."""
    return declared.extensions[DEFINITION].metadata.get("meaning") in OPERATORS


class GroupArguments:
    """A ``groups`` field in the document: what it is read with when the plan runs."""

    def __init__(self, shown: Any, node: FieldNode, definition: GraphQLField, measures: tuple[Measure, ...]) -> None:
        self.shown, self.node, self.definition, self.measures = shown, node, definition, measures

    def read(self, context: Any, schema: Any, variables: Any) -> Grouping:
        """The grouping that this request asks for. Raises BadUserInput or Forbidden."""
        arguments = converted_arguments(self.shown, get_argument_values(self.definition, self.node, variables), schema)
        grouping: Grouping = self.shown.read(context, arguments, self.measures)
        return grouping
