"""How many rows a level may have, as far as a document tells: the sizes of its pages, one within the other.

Sizes in variables are told apart by their class only, so that a plan serves many of them.
"""

from collections.abc import Mapping
from typing import Any

from graphql import ArgumentNode, FieldNode, IntValueNode, VariableNode, Visitor

CLASSES = (10, 50, 200, 1_000)
"""A size counts as the first of these that is not smaller; a larger one as the last."""
USUAL = 25
"""What counts for a page whose size is not given."""
SIZES = ("first", "last")


def size_class(size: int | None) -> int:
    """The class of a page size that a variable holds."""
    return next((each for each in CLASSES if (USUAL if size is None else size) <= each), CLASSES[-1])


def page_size(node: FieldNode, choices: Mapping[str, Any]) -> int:
    """How many rows a page may have. ``choices`` has the classes of the sizes that are in variables."""
    for argument in node.arguments or ():
        if argument.name.value in SIZES:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(choices[argument.value.name.value])
    return USUAL


class SizeVariables(Visitor):
    """The variables of a document that say how large pages are."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if node.name.value in SIZES and isinstance(node.value, VariableNode):
            self.names.add(node.value.name.value)
