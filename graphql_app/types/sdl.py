"""Schema definition language (SDL) of a schema, also as a subgraph of Apollo Federation 2."""

from dataclasses import replace

import strawberry
from graphql import (
    FieldDefinitionNode,
    GraphQLSchema,
    NamedTypeNode,
    NameNode,
    ObjectTypeDefinitionNode,
    OperationType,
    OperationTypeDefinitionNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    visit,
)

from graphql_app.strawberry_adapter import graphql_schema

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'
"""Definition that makes the SDL one of Federation 2, with the directives that it uses."""
SERVICE, ENTITIES = "_service", "_entities"
"""Root fields of a subgraph, which its SDL does not contain."""
OF_GATEWAYS = frozenset({"_Service", "_Entity", "_Any"})
"""Their types."""
ENTITY, USER_ERROR = "Node", "UserError"
"""Interfaces of the types with a key, and of errors."""
SHARED = frozenset({"PageInfo"})
"""Object types that other subgraphs declare as well, in addition to errors."""


def printed(schema: strawberry.Schema) -> str:
    """Return the SDL of a schema."""
    definition = _printed_definition(graphql_schema(schema))
    return "\n\n".join(filter(None, (definition, schema.as_str())))


def _printed_definition(schema: GraphQLSchema) -> str:
    """Return the definition of a schema with a description, which Strawberry does not print; else an empty text."""
    if schema.description is None:
        return ""
    roots = {
        OperationType.QUERY: schema.query_type,
        OperationType.MUTATION: schema.mutation_type,
        OperationType.SUBSCRIPTION: schema.subscription_type,
    }
    operations = [
        OperationTypeDefinitionNode(operation=kind, type=NamedTypeNode(name=NameNode(value=root.name)))
        for kind, root in roots.items()
        if root is not None
    ]
    description = StringValueNode(value=schema.description, block=True)
    return print_ast(SchemaDefinitionNode(description=description, operation_types=tuple(operations), directives=()))


def subgraph_sdl(sdl: str) -> str:
    """Return the SDL for the composition with other subgraphs: `@key` on each type with an ID, and `@shareable`."""
    document = visit(parse(sdl), _Subgraph())
    return f"{LINK}\n\n{print_ast(document)}\n"


class _Subgraph(Visitor):
    """Visitor that adds the directives of federation, and removes the fields of gateways."""

    def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> VisitorAction | object:
        if node.name.value in OF_GATEWAYS:
            return self.REMOVE
        interfaces = {each.name.value for each in node.interfaces or ()}
        if ENTITY in interfaces:
            return _with_directive(node, '@key(fields: "id")')
        if USER_ERROR in interfaces or node.name.value in SHARED:
            return _with_directive(node, "@shareable")
        return None

    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> VisitorAction:
        return self.REMOVE if node.name.value in (SERVICE, ENTITIES) else None

    def enter_union_type_definition(self, node: TypeDefinitionNode, *_: object) -> VisitorAction:
        return self.REMOVE if node.name.value in OF_GATEWAYS else None

    def enter_scalar_type_definition(self, node: TypeDefinitionNode, *_: object) -> VisitorAction:
        return self.REMOVE if node.name.value in OF_GATEWAYS else None


def _with_directive(node: ObjectTypeDefinitionNode, text: str) -> ObjectTypeDefinitionNode:
    (parsed,) = parse(f"type Any {text} {{ id: ID }}").definitions
    assert isinstance(parsed, ObjectTypeDefinitionNode)
    return replace(node, directives=(*(node.directives or ()), *(parsed.directives or ())))
