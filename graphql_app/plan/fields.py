"""Fields in plans: each field declaration generates its own plan code."""

import dis
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, get_named_type
from graphql.execution.values import get_argument_values
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from graphql_app.context import CallBatch
from graphql_app.models.base import Base
from graphql_app.plan.errors import Value
from graphql_app.strawberry_adapter import Source, StrawberrySchema, converted_arguments, declaration_of, info_of

__all__ = ["RecordReference"]

MODEL = "__model__"
"""Attribute of a type's class: the model whose rows the type represents."""
Nodes = Sequence[FieldNode]
"""Nodes of a document that select the same field."""
type Owner = Any
"""Code of the object that has a field. Its class depends on the object, such as RowCode or ConnectionCode."""
type ValueReader = Callable[[Source], Value]
"""Function from an object to the value of a field, or to an awaitable of it."""


FRAME = frozenset({"locals", "vars", "dir", "eval", "exec", "super"})
"""Names through which a function can access its row without naming it."""


class RecordReference(NamedTuple):
    """Reference to a record by its ID. ``missing`` returns the error for a record that does not exist."""

    model: type[Base]
    id: UUID
    missing: Callable[[], Exception] | None = None


class NodeReference(NamedTuple):
    """Reference to a record of any type by its ID."""

    id: UUID


class PlannedField(StrawberryField):
    """Field that can take part in a plan. By default, it has a hand-written resolver or reads an attribute."""

    checks_itself = False
    """True for a field that checks its requirement when it is called, because its payload contains the error."""
    is_changed_record = False
    """True for the record in a payload that the mutation has written."""
    is_each_row = False
    """True for the payloads of a bulk mutation's rows."""
    emit: Callable[..., None] | None = None
    """Function of compiler, definition and nodes that emits a separate program, for a list of all records."""
    transaction: Callable[..., CallBatch | None] | None = None
    """Function of context and operation that returns the transaction of all fields, for the call of a mutation."""

    def expression(self, owner: Owner, definition: GraphQLField, nodes: Nodes) -> str:
        """Return the expression of the field's value in an object that is built from rows."""
        return str(owner.call(self, definition, nodes))

    def is_joinable(self, owner: Owner, definition: GraphQLField, nodes: Nodes) -> bool:
        """Return True if the value and everything that is selected below it can be read with a joined row."""
        return False

    def columns_used(self, columns: Collection[str]) -> Sequence[str] | None:
        """Return the columns of its row that the resolver uses, or None if it may use any part of the row."""
        return columns_read(self.base_resolver, columns)

    def reader(self, definition: GraphQLField, info: GraphQLResolveInfo[Any], schema: StrawberrySchema) -> ValueReader:
        """Return the function that reads the field of an object that no statement reads.

        Raises errors of the field's arguments.
        """
        if self.extensions:
            resolve, given = definition.resolve, argument_values(info)
            assert resolve is not None
            return lambda source: resolve(source, info, **given)
        resolver = self.base_resolver
        if resolver is None:
            return lambda source: self.get_result(source, None, [], {})
        function: Any = resolver.wrapped_func  # of any parameters
        arguments = converted_arguments(self, argument_values(info), schema) if definition.args else {}
        if resolver.info_parameter:
            arguments[resolver.info_parameter.name] = info_of(schema, info, self)
        named = [each.name for each in (resolver.root_parameter, resolver.parent_parameter) if each]
        if resolver.self_parameter:
            return lambda source: function(source, **arguments, **dict.fromkeys(named, source))
        return lambda source: function(**arguments, **dict.fromkeys(named, source))


def columns_read(resolver: StrawberryResolver[Any] | None, columns: Collection[str]) -> Sequence[str] | None:
    """Return the columns of its row that a resolver uses, or None if it may use any other part of the row.

    Inspects the bytecode: each load of the row must be followed by the load of an attribute with a column's name.
    """
    code = getattr(getattr(resolver, "wrapped_func", None), "__code__", None)
    own = resolver and resolver.self_parameter
    if resolver is None or code is None or not own or resolver.root_parameter or resolver.parent_parameter:
        return None
    row, found = own.name, dict[str, None]()
    if row not in code.co_varnames[:1] or row in code.co_cellvars or not FRAME.isdisjoint(code.co_names):
        return None
    for instruction, following in pairwise(dis.get_instructions(code)):
        named = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
        if "_FAST" not in instruction.opname or row not in named:
            continue
        is_loaded = instruction.opname.endswith(("LOAD_FAST", "LOAD_FAST_BORROW")) and row not in named[:-1]
        if not is_loaded or following.opname != "LOAD_ATTR" or following.argval not in columns:
            return None
        found[following.argval] = None
    return tuple(found)


def planned(definition: GraphQLField) -> PlannedField:
    """Return the declaration of a field. One of Strawberry's own class has the defaults of PlannedField."""
    declared = declaration_of(definition)
    if isinstance(declared, PlannedField):
        return declared
    adopted = PlannedField(
        declared.python_name,
        type_annotation=declared.type_annotation,
        base_resolver=declared.base_resolver,
        extensions=declared.extensions,
    )
    adopted.arguments = declared.arguments
    return adopted


def model_of(kind: GraphQLObjectType) -> type[Base] | None:
    """Return the model whose rows a type represents, or None."""
    model: type[Base] | None = vars(declaration_of(kind).origin).get(MODEL)
    return model


def object_type(definition: GraphQLField) -> GraphQLObjectType:
    """Return the object type of a field, without lists and nulls."""
    kind = get_named_type(definition.type)
    assert isinstance(kind, GraphQLObjectType)
    return kind


def argument_values(info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    """Return the arguments of the field of graphql-core's ``info``, coerced. Raises GraphQLError."""
    return get_argument_values(info.parent_type.fields[info.field_name], info.field_nodes[0], info.variable_values)
