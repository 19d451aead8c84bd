"""Arguments of a plan's lists and groups, read as often as they can differ and no more.

A filter and an order that are written in the document are the same for every request of a role: they are kept with the
plan. The page is read from the variables each time. Statements about lists are kept by their shape, for all documents.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)
from graphql.execution.values import get_argument_values
from sqlalchemy import Executable
from strawberry import UNSET

from graphql_app.statements.aggregates import Grouping, Measure
from graphql_app.statements.compiled import Compiled, Statements
from graphql_app.statements.conditions import And
from graphql_app.statements.parameters import Values
from graphql_app.statements.select import List, Page, lift_list, lift_page
from graphql_app.views.fields import converted
from graphql_app.views.lists import read_page

PAGE = ("first", "after", "last", "before")
MOST_PAGES = 4
"""Pages of different sizes that are kept of a list whose arguments do not vary otherwise: clients use one or two."""


@dataclass(slots=True)
class WantedList:
    """A list as it was asked for, its shape, and the values taken out of it."""

    list: List
    shape: List
    values: dict[str, Any]
    is_generic: bool
    """Whether one plan of PostgreSQL's is good for all values of the statements.

    It is for rows found by keys of an index, as lists of parents are whatever they are filtered by, and for pages in an
    order, which spares PostgreSQL the planning. The index that is best for a rare value of a filter of a whole table
    can be the worst for a frequent one (``docs/planning.md`` has the figures).
    """


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks of a list: the list, the page, its shape, and all values."""

    wanted: WantedList
    page: Page
    page_shape: Page
    values: dict[str, Any]
    statements: Statements
    steps: dict[int, Compiled] = field(default_factory=dict)
    """The statements of steps for which nothing else counts than what is asked here."""

    def has(self, key: Any) -> bool:
        """True if the statement of this key is made already."""
        return (self.wanted.shape, key) in self.statements

    def statement(self, key: Any, build: Callable[[], Executable]) -> Compiled:
        """The statement of this key about the list, made once for all documents that ask for lists of this shape."""
        return self.statements.get((self.wanted.shape, key), build)


class ListArguments:
    """A connection in the document: its field, and the node whose arguments say which list and page are meant."""

    def __init__(self, shown: Any, node: FieldNode, definition: GraphQLField) -> None:
        self.shown, self.node, self.definition = shown, node, definition
        arguments = {argument.name.value: argument for argument in node.arguments or ()}
        page = {name: argument.value for name, argument in arguments.items() if name in PAGE}
        self._variables = {name: value.name.value for name, value in page.items() if isinstance(value, VariableNode)}
        self._written = {name: value_from_ast_untyped(page[name]) for name in page if name not in self._variables}
        given = (argument.value for name, argument in arguments.items() if name not in PAGE)
        self._fixed = not shown.varies and not any(map(_varies, given))
        self._kept: dict[str, WantedList] = {}
        self._asked: dict[tuple[Any, ...], Asked] = {}
        self.one_more = False
        """Whether it matters that there are more rows than the page has."""

    @property
    def is_plain(self) -> bool:
        """Whether the rows that are read are the page: none more than it has, and in its order."""
        return not self.one_more and "last" not in (*self._written, *self._variables)

    def read(self, context: Any, schema: Any, variables: Any, statements: Statements) -> Asked:
        """What this request asks for. Raises BadUserInput or Forbidden."""
        coerced = variables.coerced
        given = self._written | {name: coerced.get(variable, UNSET) for name, variable in self._variables.items()}
        if not self._fixed or any(isinstance(value, str) for value in given.values()):
            return self._read(given, context, schema, variables, statements)
        # without a cursor there are as many pages as sizes
        name = (context.viewer.role, *given.values())
        asked = self._asked.get(name)
        if asked is None:
            asked = self._read(given, context, schema, variables, statements)
            if len(self._asked) >= MOST_PAGES:
                self._asked.clear()
            self._asked[name] = asked
        return asked

    def _read(self, given: dict[str, Any], context: Any, schema: Any, variables: Any, statements: Statements) -> Asked:
        wanted = self._wanted(context, schema, variables)
        page = read_page(wanted.list.model, wanted.list.order, given, context.reading.limits)
        values = Values(dict(wanted.values))
        return Asked(
            wanted,
            page,
            lift_page(page, values, one_more=self.one_more),
            values.taken,
            statements,
        )

    def _wanted(self, context: Any, schema: Any, variables: Any) -> WantedList:
        # which role it is kept for decides nothing: what depends on the role calls `reading.role`
        role = context.viewer.role
        if role in self._kept:
            return self._kept[role]
        arguments = converted(self.shown, get_argument_values(self.definition, self.node, variables), schema)
        asked, _ = self.shown.read(context, {**arguments, **dict.fromkeys(PAGE, UNSET)})
        values = Values({})
        shape = lift_list(asked, values)
        is_generic = shape.edge is not None or shape.condition == And(())
        wanted = WantedList(asked, shape, values.taken, is_generic)
        if self._fixed:
            self._kept[role] = wanted
        return wanted


class GroupArguments:
    """A ``groups`` field in the document: what it is read with when the plan runs."""

    def __init__(self, shown: Any, node: FieldNode, definition: GraphQLField, measures: tuple[Measure, ...]) -> None:
        self.shown, self.node, self.definition, self.measures = shown, node, definition, measures

    def read(self, context: Any, schema: Any, variables: Any) -> Grouping:
        """The grouping that this request asks for. Raises BadUserInput or Forbidden."""
        arguments = converted(self.shown, get_argument_values(self.definition, self.node, variables), schema)
        grouping: Grouping = self.shown.read(context, arguments, self.measures)
        return grouping


def _varies(value: ValueNode) -> bool:
    """Return whether a variable is part of the value."""
    match value:
        case ListValueNode():
            return any(map(_varies, value.values))
        case ObjectValueNode():
            return any(_varies(each.value) for each in value.fields)
    return isinstance(value, VariableNode)
