"""Texts that PostgreSQL cannot hold: a NUL byte, or half of a surrogate pair. They are refused before anything runs."""

import re
from typing import Any

from graphql import (
    ArgumentNode,
    ListValueNode,
    ObjectFieldNode,
    StringValueNode,
    VariableDefinitionNode,
    Visitor,
)

from graphql_app.errors import BadUserInput, PathItem

SURROGATE = re.compile("[\ud800-\udfff]")
MESSAGE = "This text holds a NUL byte or half of a surrogate pair, which cannot be stored."


def check_values(values: Any, *path: PathItem) -> None:
    """Refuse such a text in a JSON value; without recursion, as a client chooses the nesting. Raises BadUserInput."""
    waiting = [(path, values)]
    while waiting:
        place, current = waiting.pop()
        if isinstance(current, str):
            if not is_storable(current):
                raise BadUserInput(MESSAGE, place)
        elif isinstance(current, dict):
            waiting.extend([((*place, name), item) for name, item in current.items()])
        elif isinstance(current, list):
            waiting.extend([((*place, index), item) for index, item in enumerate(current)])


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can hold a text."""
    return "\0" not in text and (text.isascii() or not SURROGATE.search(text))


class LiteralCheck(Visitor):
    """The first such text that is written in a document: ``error`` is located from its argument's name down."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BadUserInput | None = None

    def enter_string_value(self, node: StringValueNode, _key: Any, parent: Any, _path: Any, ancestors: Any) -> None:
        if self.error is None and not is_storable(node.value):
            self.error = BadUserInput(MESSAGE, _place([*ancestors, parent, node]))


def _place(ancestors: list[Any]) -> list[PathItem]:
    """The names of the argument and the input fields around a literal, and its index in lists."""
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
