"""The playground's examples, read as its build reads them, and their variables, found as the page finds them."""

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
    """One entry of the examples menu."""

    name: str
    """The file's name, without its ending."""
    text: str

    @property
    def title(self) -> str | None:
        return _value(TITLE, self.text)

    @property
    def variables(self) -> dict[str, Any] | None:
        """The variables it is given, if they do not depend on data."""
        given = _value(VARIABLES, self.text)
        return json.loads(given) if given else None

    @property
    def variables_from(self) -> str | None:
        """The query whose answer has the variables, if they depend on data."""
        return _value(VARIABLES_FROM, self.text)

    @cached_property
    def operation(self) -> OperationDefinitionNode:
        (operation,) = parse(self.text).definitions
        assert isinstance(operation, OperationDefinitionNode)
        return operation

    def pick_variables(self, answer: Any) -> dict[str, Any]:
        """What the answer to `variables_from` says: each leaf by its response key, all of them for a list."""
        found = leaves(answer)
        declared = {node.variable.name.value: node.type for node in self.operation.variable_definitions or ()}
        return {
            name: found[name] if _is_list(kind) else found[name][0] for name, kind in declared.items() if name in found
        }


def leaves(answer: Any) -> dict[str, list[Any]]:
    """Every leaf of an answer by its response key, in the order of the answer."""
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
    """All of them, in the order of the menu."""
    return [Example(path.stem, path.read_text("utf-8")) for path in sorted((SOURCE / "examples").glob("*.graphql"))]


def _value(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match["value"] if match else None


def _is_list(kind: TypeNode) -> bool:
    return isinstance(kind, ListTypeNode) or (isinstance(kind, NonNullTypeNode) and _is_list(kind.type))
