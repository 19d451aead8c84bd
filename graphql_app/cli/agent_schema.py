"""Schema for language models: the SDL without repetitions, one definition per line, after a legend.

It is valid SDL. Descriptions that several members of one name share are in the legend, once. Nothing else is lost but
``@cost`` and ``@listSize``, which serve gateways.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    Node,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    strip_ignored_characters,
    visit,
)

LEAST_SHARED = 3
"""Number of members that share a description in the legend."""
FOR_GATEWAYS = frozenset({"cost", "listSize"})
MEMBERS = frozenset({"field_definition", "input_value_definition", "enum_value_definition"})
HEAD = """\
# GraphQL schema, minified: one definition per line. The viewer needs one of the roles in `@auth(requires:)`; an API key
# needs all scopes in `@auth(scopes:)`. A member without a description has the one that this legend gives for its name:
"""


def sdl_for_agents(sdl: str) -> str:
    """Return the minified SDL with its legend."""
    document = parse(sdl)
    counted = _SharedDescriptions()
    visit(document, counted)
    legend = counted.legend()
    minified: DocumentNode = visit(document, _Shortened(legend))
    entries = [f"#   {name}: {' '.join(text.split())}\n" for name, text in sorted(legend.items())]
    lines = [f"{strip_ignored_characters(print_ast(each))}\n" for each in minified.definitions]
    return "".join([HEAD, *entries, *lines])


class _SharedDescriptions(Visitor):
    """Visitor that counts the descriptions of members by name."""

    def __init__(self) -> None:
        super().__init__()
        self._counts = Counter[tuple[str, str]]()

    def enter(self, node: Any, *_: object) -> None:  # nodes have no common base with a description
        if node.kind in MEMBERS and node.description is not None:
            self._counts[node.name.value, node.description.value] += 1

    def legend(self) -> dict[str, str]:
        """Return the most frequent description of each name."""
        found: dict[str, str] = {}
        for (name, text), count in self._counts.most_common():
            if count >= LEAST_SHARED:
                found.setdefault(name, text)
        return found


class _Shortened(Visitor):
    """Visitor that removes the descriptions of the legend, and what serves gateways."""

    def __init__(self, legend: Mapping[str, str]) -> None:
        super().__init__()
        self._legend = legend

    def leave(self, node: Any, *_: object) -> VisitorAction | Node:  # nodes have no common base with a description
        if isinstance(node, DirectiveDefinitionNode) and node.name.value in FOR_GATEWAYS:
            return self.REMOVE
        changed: dict[str, object] = {}
        if getattr(node, "directives", None):
            changed["directives"] = tuple(each for each in node.directives if each.name.value not in FOR_GATEWAYS)
        if getattr(node, "description", None) is not None:
            is_shared = node.kind in MEMBERS and self._legend.get(node.name.value) == node.description.value
            changed["description"] = None if is_shared else replace(node.description, block=False)
        made: Node | None = replace(node, **changed) if changed else None
        return made
