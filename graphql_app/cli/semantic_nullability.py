"""SDL with semantic nullability, for clients that send `onError: NULL`.

Every field may then be null because of an error, which generated types should express. `@semanticNonNull(levels:)`
marks the positions that are null for no other reason: 0 is the field itself, 1 an item of its list. Relay and Apollo
Kotlin support it: https://specs.apollo.dev/nullability/v0.4/.
"""

from collections.abc import Collection

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstListValueNode,
    FieldDefinitionNode,
    IntValueNode,
    ListTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    visit,
)

DIRECTIVE = '''"""Marks positions of a field that are null only if an error has occurred there."""
directive @semanticNonNull(levels: [Int] = [0]) on FIELD_DEFINITION'''
ID = "id"
"""Field that stays non-null, because clients require it in the interface `Node`. It cannot fail by itself."""


def with_semantic_nullability(sdl: str, null_by_error: Collection[str] = ()) -> str:
    """Return the SDL with all output fields nullable, and the directive in place of each `!`.

    The nullable fields with the coordinates ``null_by_error`` also have the directive.
    """
    return f"{DIRECTIVE}\n\n{print_ast(visit(parse(sdl), _NullableFields(null_by_error)))}\n"


class _NullableFields(Visitor):
    """Visitor that makes the fields of objects and interfaces nullable."""

    def __init__(self, null_by_error: Collection[str]) -> None:
        super().__init__()
        self._null_by_error, self._owner = null_by_error, ""

    def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> None:
        self._owner = node.name.value

    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> FieldDefinitionNode | VisitorAction:
        levels = [0] if f"{self._owner}.{node.name.value}" in self._null_by_error else []
        kind = _nullable(node.type, 0, levels)
        if not levels or node.name.value == ID:
            return self.SKIP
        return FieldDefinitionNode(
            description=node.description,
            name=node.name,
            arguments=node.arguments,
            type=kind,
            directives=(*(node.directives or ()), _directive(levels)),
        )


def _nullable(kind: TypeNode, level: int, levels: list[int]) -> TypeNode:
    """Return the type without non-null positions, and add their levels to ``levels``."""
    if isinstance(kind, NonNullTypeNode):
        levels.append(level)
        kind = kind.type
    return ListTypeNode(type=_nullable(kind.type, level + 1, levels)) if isinstance(kind, ListTypeNode) else kind


def _directive(levels: list[int]) -> ConstDirectiveNode:
    values = ConstListValueNode(values=tuple(IntValueNode(value=str(level)) for level in levels))
    argument = ConstArgumentNode(name=NameNode(value="levels"), value=values)
    return ConstDirectiveNode(name=NameNode(value="semanticNonNull"), arguments=() if levels == [0] else (argument,))
