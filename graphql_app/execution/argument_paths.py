"""Paths of invalid values in terms of arguments, for errors about variables and literals.

The client may not have written a variable that its library generated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from graphql import (
    ArgumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    VisitorAction,
    is_input_type,
    type_from_ast,
    validate_input_value,
    visit,
)

from graphql_app.errors import BadUserInput, PathItem
from graphql_app.execution.request import JsonObject

INVALID_ARGUMENT = re.compile(r"Argument '(\w+)' has invalid (?:default )?value(?: at ([.\[\]\w]+))?:", re.ASCII)
STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)


def place_of(ancestors: Sequence[object]) -> list[PathItem]:
    """Return the names of the argument and the input fields around a value, and its indexes in lists."""
    place: list[PathItem] = []
    for outer in ancestors:
        if isinstance(outer, ArgumentNode):
            place = [outer.name.value]
        elif isinstance(outer, VariableDefinitionNode):
            place = [outer.variable.name.value]
        elif isinstance(outer, ObjectFieldNode):
            place.append(outer.name.value)
        elif isinstance(outer, ListValueNode):
            # the visitor steps from a list to its tuple of values, and from there to one of them
            place.append(next(i for i, value in enumerate(outer.values) if any(value is each for each in ancestors)))
    return place


def path_in_message(message: str) -> list[PathItem]:
    """Return the path in graphql-core's message about an argument that is invalid when its field is executed.

    A variable that is null although its default would be valid is detected only then. graphql-core reports the path
    only in the message. Returns an empty path for any other message.
    """
    found = INVALID_ARGUMENT.match(message)
    if found is None:
        return []
    steps = STEP.findall(found[2] or "")
    return [found[1], *(name or int(index) for name, index in steps)]


class VariablePlaces:
    """Places in arguments at which the variables of an operation are used first."""

    def __init__(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        found = _UsedVariables()
        for node in (operation, *fragments.values()):
            visit(node, found)
        self._places = found.places

    def argument_path(self, variable: PathItem, path: Iterable[PathItem] = ()) -> list[PathItem]:
        """Return the path of a part of a variable's value, from the argument down.

        Begins with the variable's name if the document does not use it.
        """
        return [*self._places.get(variable, [variable]), *path]

    def relocate(self, error: BadUserInput) -> None:
        """Replace the name of a variable at the beginning of an error's path by the place of the variable."""
        name, *path = error.extensions["argumentPath"]
        error.extensions["argumentPath"] = self.argument_path(name, path)


class _UsedVariables(Visitor):
    """Visitor that finds the first use of each variable."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[PathItem, list[PathItem]] = {}

    def enter_variable_definition(self, *_: object) -> VisitorAction:
        return self.SKIP

    def enter_variable(
        self, node: VariableNode, _key: object, parent: object, _path: object, ancestors: Sequence[object]
    ) -> None:
        self.places.setdefault(node.name.value, place_of([*ancestors, parent, node]))


def locate_variable_errors(
    errors: Sequence[GraphQLError], schema: GraphQLSchema, places: VariablePlaces, raw: JsonObject
) -> None:
    """Add the paths of invalid values to graphql-core's errors for an operation's variables."""
    waiting: dict[str, list[list[PathItem]]] = {}
    for error in errors:
        definition: Node | None = error.nodes[0] if error.nodes else None
        if not isinstance(definition, VariableDefinitionNode):
            continue
        name = definition.variable.name.value
        if name not in waiting:
            waiting[name] = _invalid_paths(definition, schema, raw)
        path = waiting[name].pop(0) if waiting[name] else []
        error.extensions = {**(error.extensions or {}), "argumentPath": places.argument_path(name, path)}


def _invalid_paths(definition: VariableDefinitionNode, schema: GraphQLSchema, raw: JsonObject) -> list[list[PathItem]]:
    """Return the paths of invalid parts of a variable's value, in the order of graphql-core's errors."""
    kind = type_from_ast(schema, definition.type)
    value = raw.get(definition.variable.name.value, Undefined)
    paths: list[list[PathItem]] = []
    if kind is not None and is_input_type(kind):
        validate_input_value(value, kind, lambda _, path: paths.append(list(path)))
    return paths
