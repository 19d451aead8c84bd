"""Examples of the playground, parsed like in its build, and their variables, resolved like in the page."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from graphql import ListTypeNode, NonNullTypeNode, OperationDefinitionNode, TypeNode, parse

import graphql_app.playground

SOURCE = Path(graphql_app.playground.__file__).parent / "source"
TITLE = re.compile(r"\A# (?P<value>.+)\n")
VARIABLES = re.compile(r"^# Variables: (?P<value>.+)$", re.MULTILINE)
VARIABLES_FROM = re.compile(r"^# Variables from: (?P<value>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """Entry of the examples menu."""

    name: str
    """Name of the file without its suffix."""
    text: str

    @property
    def title(self) -> str | None:
        return _value(TITLE, self.text)

    @property
    def variables(self) -> dict[str, Any] | None:
        """Return the variables, if they do not depend on data."""
        given = _value(VARIABLES, self.text)
        return json.loads(given) if given else None

    @property
    def variables_from(self) -> str | None:
        """Return the query whose response contains the variables, if they depend on data."""
        return _value(VARIABLES_FROM, self.text)

    @cached_property
    def operation(self) -> OperationDefinitionNode:
        (operation,) = parse(self.text).definitions
        assert isinstance(operation, OperationDefinitionNode)
        return operation

    def pick_variables(self, answer: Any) -> dict[str, Any]:
        """Return the variables in the response to `variables_from`: each leaf by its key, all of them for a list."""
        found = leaves(answer)
        declared = {node.variable.name.value: node.type for node in self.operation.variable_definitions or ()}
        return {
            name: found[name] if _is_list(kind) else found[name][0] for name, kind in declared.items() if name in found
        }


def leaves(answer: Any) -> dict[str, list[Any]]:
    """Yield every leaf of a response by its response key, in the order of the response."""
    found: defaultdict[str, list[Any]] = defaultdict(list)

    def collect(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, child in value.items():
                collect(child, name)
        elif isinstance(value, list):
            for child in value:
                collect(child, key)
        else:
            found[key].append(value)

    collect(answer, "")
    return found


def load_examples() -> list[Example]:
    """Return all examples, in the order of the menu."""
    return [Example(path.stem, path.read_text("utf-8")) for path in sorted((SOURCE / "examples").glob("*.graphql"))]


def _value(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match["value"] if match else None


def _is_list(kind: TypeNode) -> bool:
    return isinstance(kind, ListTypeNode) or (isinstance(kind, NonNullTypeNode) and _is_list(kind.type))
