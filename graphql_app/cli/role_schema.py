"""Schema of one role: the SDL without what ``@auth`` withholds from the role, and without types that nothing uses."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    REMOVE,
    DefinitionNode,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    visit,
)

ROOTS = ("Query", "Mutation", "Subscription")


def sdl_of_role(sdl: str, role: str) -> str:
    """Return the SDL of what viewers with a role may use. Rows that rules hide from them do not matter."""
    document: DocumentNode = visit(parse(sdl), _Withheld(role))
    kept = [each for each in document.definitions if not isinstance(each, TypeDefinitionNode) or not _is_empty(each)]
    used = _used({each.name.value: each for each in kept if isinstance(each, TypeDefinitionNode)})
    shown = [each for each in kept if not isinstance(each, TypeDefinitionNode) or each.name.value in used]
    return f"{print_ast(DocumentNode(definitions=tuple(shown)))}\n"


class _Withheld(Visitor):
    """Visitor that removes what requires other roles."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def enter_field_definition(self, node: FieldDefinitionNode, *_: Any) -> VisitorAction:
        return self._checked(node)

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: Any) -> VisitorAction:
        return self._checked(node)

    def enter_enum_value_definition(self, node: EnumValueDefinitionNode, *_: Any) -> VisitorAction:
        return self._checked(node)

    def _checked(self, node: FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode) -> VisitorAction:
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                value = argument.value
                if directive.name.value == "auth" and argument.name.value == "requires":
                    assert isinstance(value, ListValueNode)
                    roles = {each.value for each in value.values if isinstance(each, StringValueNode)}
                    return None if self._role in roles else REMOVE
        return None


def _is_empty(definition: DefinitionNode) -> bool:
    """Return True if a type has lost all its fields or values."""
    members = getattr(definition, "fields", None), getattr(definition, "values", None)
    return any(each is not None and not each for each in members)


def _used(types: dict[str, TypeDefinitionNode]) -> set[str]:
    """Return the names of the types to which root fields lead, and of the implementations of their interfaces."""
    found: set[str] = set()
    waiting = [name for name in ROOTS if name in types]
    while waiting:
        name = waiting.pop()
        if name in found or name not in types:
            continue
        found.add(name)
        waiting += _names_in(types[name])
        if isinstance(types[name], InterfaceTypeDefinitionNode):
            waiting += [each.name.value for each in types.values() if _implements(each, name)]
    return found


def _names_in(node: Node) -> Iterator[str]:
    if isinstance(node, NamedTypeNode):
        yield node.name.value
    for key in node.keys:
        value = getattr(node, key, None)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, Node):
                yield from _names_in(each)


def _implements(definition: TypeDefinitionNode, interface: str) -> bool:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return False
    return any(each.name.value == interface for each in definition.interfaces or ())
