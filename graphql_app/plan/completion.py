"""Objects that no statement reads, level by level: root objects, payloads, user errors, results of resolvers.

Records to which the fields of a level refer are read together, by one program per type and selection. One statement
finds the types of records that are referenced by their IDs alone.
"""

from asyncio import gather
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from graphql import (
    GraphQLError,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    is_leaf_type,
)
from graphql.execution import default_type_resolver
from graphql.pyutils import inspect

from graphql_app.models.base import Base
from graphql_app.pacing import COMPILED
from graphql_app.plan.errors import Failed, FailedRows, Value
from graphql_app.plan.fields import NodeReference, RecordReference
from graphql_app.plan.program import ParentKey, Program
from graphql_app.plan.resolver_calls import SelectedField, flat, is_awaitable
from graphql_app.plan.run import Call
from graphql_app.sql.select import select_types
from graphql_app.strawberry_adapter import Source

LISTED = object()
"""Value of a field with a list of all records, which its program reads."""


class PendingValue(NamedTuple):
    """Value that will be in ``values`` under a key. ``missing`` returns the error if it is null."""

    values: Any
    key: ParentKey
    missing: Callable[[], Exception] | None = None


class CompletedField(SelectedField):
    """Field with the selections of its values."""

    listing: Program | None = None
    """Program of a list of all records."""
    types: "TypeSelections | None" = None
    """Selections of objects, by their types."""

    async def completed(self, call: Call, sources: Sequence[Source]) -> list[Value]:
        """Return the field's values in the form of the response, for each of the objects."""
        values = await self.values(call, sources)
        (completed,) = await complete(call, [(self, values)])
        return completed


class TypeSelections:
    """Selections of the possible types of a value.

    ``programs`` read records, by their models; ``late`` compiles programs that are compiled on first use. ``held``
    builds the objects of records with only the ID selected.
    """

    def __init__(self, kind: GraphQLNamedType) -> None:
        self.kind = kind
        self.is_abstract = not isinstance(kind, GraphQLObjectType)
        self.objects: dict[str, ObjectSelection] = {}
        self.programs: dict[type[Base], Program] = {}
        self.late: dict[type[Base], Callable[[], Program]] = {}
        self.held: dict[type[Base], Callable[[str], dict[str, str]]] = {}
        self.models: dict[type[Base], GraphQLObjectType] = {}

    def program(self, model: type[Base], call: Call) -> Program:
        """Return the program for records of a model. Raises TypeError if the model is none of the types."""
        if model not in self.programs:
            if model not in self.late:
                raise TypeError(f"{model.__name__} is not of the type {self.kind}.")
            call.context.pacing.pacer.spend(COMPILED)
            self.programs[model] = self.late[model]()
        return self.programs[model]

    def of(self, value: Source, info: GraphQLResolveInfo[Any]) -> "ObjectSelection":
        """Return the selection for an object. Raises GraphQLError if the object is none of the types."""
        kind: Any = self.kind
        if self.is_abstract:
            resolve = kind.resolve_type or default_type_resolver
            name = resolve(value, info, kind)
            if name not in self.objects:
                raise GraphQLError(f"Abstract type '{kind.name}' was resolved to '{name}', which is none of its types.")
            return self.objects[name]
        if kind.is_type_of is not None and not kind.is_type_of(value, info):
            raise GraphQLError(f"Expected value of type '{kind.name}' but got: {inspect(value)}.", info.field_nodes)
        return self.objects[kind.name]


class ObjectSelection:
    """Selected fields of objects of a type, by response key; None for ``__typename``."""

    def __init__(self, kind: GraphQLObjectType) -> None:
        self.kind = kind
        self.fields: dict[str, CompletedField | None] = {}


FieldValues = list[tuple[CompletedField, list[Value]]]
"""Fields with their values or awaitables of these."""


async def build(call: Call, level: Sequence[tuple[ObjectSelection, Sequence[Source]]]) -> list[list[dict[str, Value]]]:
    """Return objects of several types and selections in the form of the response."""
    pacing = call.context.pacing
    if pacing.is_large:
        await pacing.pacer.turn(sum(len(sources) for _, sources in level))
    now: FieldValues = []
    later: FieldValues = []
    for objects, sources in level:
        for field in filter(None, objects.fields.values()):
            count = len(sources)
            listed = (field.refusals(call, count) or [LISTED] * count) if field.listing else None
            values = field.begun(call, sources) if listed is None else listed
            (later if any(map(is_awaitable, values)) else now).append((field, values))
    if later:
        parts = await gather(*(_ended(call, [each]) for each in later), _ended(call, now))
        done = [each for part in parts for each in part]
    else:
        done = await _ended(call, now)
    columns = dict(zip((field for field, _ in (*later, *now)), done, strict=True))
    return [_rows(objects, columns, len(sources)) for objects, sources in level]


def _rows(
    objects: ObjectSelection, columns: Mapping[CompletedField, list[Value]], count: int
) -> list[dict[str, Value]]:
    """Return the objects with the values of their fields."""
    fields = objects.fields
    values = [[objects.kind.name] * count if field is None else columns[field] for field in fields.values()]
    return [dict(zip(fields, row, strict=True)) for row in zip(*values, strict=True)] if fields else [{}] * count


async def _ended(call: Call, begun: FieldValues) -> list[list[Value]]:
    pending = [(field, await field.ended(call, values)) for field, values in begun]
    return await complete(call, pending)


async def complete(call: Call, pending: FieldValues) -> list[list[Value]]:
    """Return the values of fields in the form of the response."""
    batch = _Batch(call)
    await batch.find_types(pending)
    begun = [batch.complete_all(field, values) for field, values in pending]
    if not (batch.records or batch.objects):
        return begun
    await batch.read()
    return [[_filled(call, value) for value in values] for values in begun]


class _Batch:
    """Records and objects in the values of a level. Each program runs once, with the keys of all records."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.records: dict[Program, dict[ParentKey, Value]] = {}
        self.objects: dict[ObjectSelection, list[Value]] = {}
        self._models: dict[UUID, type[Base]] = {}
        self._error: Exception | None = None
        """Error of the statement that finds types."""

    async def find_types(self, pending: FieldValues) -> None:
        """Find the types of records that are referenced by their IDs alone."""
        ids = {str(value.id): None for _, values in pending for value in flat(values) if type(value) is NodeReference}
        if ids:
            call, nodes = self.call, self.call.context.loaders.nodes
            audience = call.context.audience
            compiled = call.statements.get(("types", *nodes, audience), lambda: select_types(nodes, audience))
            rows = await call.fetch(compiled, {}, [*ids], None, generic=True)
            self._error = rows.error if isinstance(rows, FailedRows) else None
            self._models = {id: nodes[index] for index, id in rows}

    def complete_all(self, field: CompletedField, values: Sequence[Value]) -> list[Value]:
        """Return the values of a field in the form of the response, or PendingValue."""
        kind = field.definition.type
        leaf = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_leaf_type(leaf) and not any(value is None or type(value) is Failed for value in values):
            with suppress(Exception):  # an invalid value is handled below
                return [_leaf(leaf, value) for value in values]
        return [self._completed(field, kind, value) for value in values]

    def _completed(self, field: CompletedField, kind: GraphQLOutputType, value: Value) -> Value:
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
            if value is None:
                self.call.fail()
        if type(value) is Failed:
            self.call.fail()
        if value is None or type(value) is Failed:
            return value
        try:
            if isinstance(kind, GraphQLList):
                return [self._completed(field, kind.of_type, each) for each in _items(field, value)]
            return _leaf(kind, value) if is_leaf_type(kind) else self._object(field, value)
        except Exception as error:
            self.call.fail()
            return Failed(error)

    def _object(self, field: CompletedField, value: Value) -> Value:
        if field.listing is not None:
            return self._record(field, field.listing, None)
        types = field.types
        assert types is not None
        if type(value) is NodeReference:
            return self._node(field, types, value.id)
        if isinstance(value, Exception):  # in place of an item of a list
            raise value
        if isinstance(value, Base):
            record: Any = value  # each model with a type has an ID
            value = RecordReference(type(value), record.id)
        if type(value) is RecordReference:
            program = types.program(value.model, self.call)
            return self._record(field, program, str(value.id), value.model, value.missing)
        objects = types.of(value, field.info(self.call))
        sources = self.objects.setdefault(objects, [])
        sources.append(value)
        return PendingValue(sources, len(sources) - 1)

    def _node(self, field: CompletedField, types: TypeSelections, id: UUID) -> Value:
        """Return the value of a record of any type, or None if no record has this ID."""
        if self._error is not None:
            raise self._error
        model = self._models.get(id)
        if model is None:
            return None
        if model not in types.held:
            return self._record(field, types.program(model, self.call), str(id), model)
        made = types.held[model](str(id))
        self.call.typed.append(((made,), types.models[model]))
        return made

    def _record(
        self,
        field: CompletedField,
        program: Program,
        key: str | None,
        model: type[Base] | None = None,
        missing: Callable[[], Exception] | None = None,
    ) -> PendingValue:
        found = self.records.setdefault(program, {})
        found[key] = None
        if model is not None and field.types is not None and field.types.is_abstract:
            self.call.typed.append((found.values(), field.types.models[model]))
        if self.call.context.session.trace is not None:
            self.call.used[field.title + (f" as {model.__name__}" if model else "")] = program
        return PendingValue(found, key, missing)

    async def read(self) -> None:
        """Read the records and build the objects."""
        for program, found in self.records.items():
            results = await self.call.results(program, found)
            found.update({key: results[key] for key in found})
        level = [*self.objects.items()]
        for (objects, sources), made in zip(level, await build(self.call, level) if level else (), strict=True):
            sources[:] = made
            self.call.typed.append((sources, objects.kind))


def _items(field: CompletedField, value: Value) -> Iterable[Value]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        name = f"{field.parent.name}.{field.name}"
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
    return value


def _leaf(kind: GraphQLLeafType, value: Value) -> Value:
    coerced = kind.coerce_output_value(value)
    if coerced is None:
        raise TypeError(f"{kind} cannot represent {value!r}.")
    return coerced


def _filled(call: Call, value: Value) -> Value:
    """Return the value with the pending values in their places."""
    if isinstance(value, list):
        return [_filled(call, each) for each in value]
    if type(value) is not PendingValue:
        return value
    found = value.values[value.key]
    if found is None and value.missing is not None:
        call.fail()
        return Failed(value.missing())
    return found
