"""Objects that no statement reads, level by level: root objects, payloads, user errors, results of resolvers.

Records that the fields of a level name are read together, by one program for each type and selection; the types of
records that are named by their ids alone are found by one statement.
"""

from asyncio import gather
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from graphql import GraphQLError, GraphQLList, GraphQLNonNull, GraphQLObjectType, is_leaf_type
from graphql.execution import default_type_resolver
from graphql.pyutils import inspect

from graphql_app.models.base import Base
from graphql_app.pacing import COMPILED
from graphql_app.plan.failures import Failed, FailedRows
from graphql_app.plan.fields import SelectedField, flat, is_awaitable
from graphql_app.plan.program import Program
from graphql_app.plan.run import Call
from graphql_app.sql.select import select_types
from graphql_app.types.fields import NodeReference, RecordReference

LISTED = object()
"""The value of a field that shows a list of everything: its program reads it."""


class PendingValue(NamedTuple):
    """A value that is going to be in ``made``; ``missing`` makes the error if it is null."""

    made: Any
    key: Any
    missing: Callable[[], Exception] | None = None


class ShownField(SelectedField):
    """A field and what is shown of its values."""

    listing: Program | None = None
    """For a list of everything: the program that reads it."""
    types: "Types | None" = None
    """For objects: what is selected of them, by their types."""

    async def shown(self, call: Call, sources: Sequence[Any]) -> list[Any]:
        """Return what the response shows of the field for each of the objects."""
        values = await self.values(call, sources)
        (shown,) = await complete(call, [(self, values)])
        return shown


class Types:
    """What is selected of values of a type, or of the types behind an interface or a union.

    ``programs`` read records, by their models; ``late`` compiles those that are only compiled if they are needed.
    ``held`` makes the objects of records of which nothing but the id is selected.
    """

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.is_abstract = not isinstance(kind, GraphQLObjectType)
        self.objects: dict[str, Objects] = {}
        self.programs: dict[type[Base], Program] = {}
        self.late: dict[type[Base], Callable[[], Program]] = {}
        self.held: dict[type[Base], Callable[[str], dict[str, str]]] = {}
        self.models: dict[type[Base], GraphQLObjectType] = {}

    def program(self, model: type[Base], call: Call) -> Program:
        """Return what reads the records of a model. Raises TypeError for one that is of another type."""
        if model not in self.programs:
            if model not in self.late:
                raise TypeError(f"{model.__name__} is not of the type {self.kind}.")
            call.context.pacing.pacer.spend(COMPILED)
            self.programs[model] = self.late[model]()
        return self.programs[model]

    def of(self, value: Any, info: Any) -> "Objects":
        """Return what is selected of an object. Raises GraphQLError for one that is not of the type."""
        kind = self.kind
        if self.is_abstract:
            resolve = kind.resolve_type or default_type_resolver
            name = resolve(value, info, kind)
            if name not in self.objects:
                raise GraphQLError(f"Abstract type '{kind.name}' was resolved to '{name}', which is none of its types.")
            return self.objects[name]
        if kind.is_type_of is not None and not kind.is_type_of(value, info):
            raise GraphQLError(f"Expected value of type '{kind.name}' but got: {inspect(value)}.", info.field_nodes)
        return self.objects[kind.name]


class Objects:
    """Objects of one type: the fields that are selected of them, and the keys under which ``__typename`` is."""

    def __init__(self, kind: GraphQLObjectType) -> None:
        self.kind = kind
        self.fields: dict[str, ShownField | None] = {}


Begun = list[tuple[ShownField, list[Any]]]
"""Fields with their values, which may have to be awaited."""


async def show(call: Call, level: Sequence[tuple[Objects, Sequence[Any]]]) -> list[list[dict[str, Any]]]:
    """Return what the response shows of objects, which may be of several types and selections."""
    pacing = call.context.pacing
    if pacing.is_large:
        await pacing.pacer.turn(sum(len(sources) for _, sources in level))
    now: Begun = []
    later: Begun = []
    for objects, sources in level:
        for field in filter(None, objects.fields.values()):
            values = [LISTED] * len(sources) if field.listing else field.begun(call, sources)
            (later if any(map(is_awaitable, values)) else now).append((field, values))
    if later:
        parts = await gather(*(_ended(call, [each]) for each in later), _ended(call, now))
        done = [each for part in parts for each in part]
    else:
        done = await _ended(call, now)
    columns = dict(zip((field for field, _ in (*later, *now)), done, strict=True))
    return [_rows(objects, columns, len(sources)) for objects, sources in level]


def _rows(objects: Objects, columns: Mapping[ShownField, list[Any]], count: int) -> list[dict[str, Any]]:
    """Return the objects, made of the values of their fields."""
    fields = objects.fields
    values = [[objects.kind.name] * count if field is None else columns[field] for field in fields.values()]
    return [dict(zip(fields, row, strict=True)) for row in zip(*values, strict=True)] if fields else [{}] * count


async def _ended(call: Call, begun: Begun) -> list[list[Any]]:
    pending = [(field, await field.ended(call, values)) for field, values in begun]
    return await complete(call, pending)


async def complete(call: Call, pending: Sequence[tuple[ShownField, list[Any]]]) -> list[list[Any]]:
    """Return what the response shows of the values of some fields."""
    batch = _Batch(call)
    await batch.find_types(pending)
    begun = [batch.all_taken(field, values) for field, values in pending]
    if not (batch.records or batch.objects):
        return begun
    await batch.read()
    return [[_filled(call, value) for value in values] for values in begun]


class _Batch:
    """Records and objects that the values of one level name: each program runs once, with the keys of all."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.records: dict[Program, dict[Any, Any]] = {}
        self.objects: dict[Objects, list[Any]] = {}
        self._models: dict[UUID, type[Base]] = {}
        self._unknown: Exception | None = None
        """Why the types of records could not be found."""

    async def find_types(self, pending: Sequence[tuple[ShownField, list[Any]]]) -> None:
        """Find the types of records that are named by their ids alone."""
        ids = {str(value.id): None for _, values in pending for value in flat(values) if type(value) is NodeReference}
        if ids:
            call, nodes = self.call, self.call.context.loaders.nodes
            compiled = call.statements.get(("types", *nodes), lambda: select_types(nodes))
            rows = await call.fetch(compiled, {}, [*ids], generic=True)
            self._unknown = rows.error if isinstance(rows, FailedRows) else None
            self._models = {id: nodes[index] for index, id in rows}

    def all_taken(self, field: ShownField, values: Sequence[Any]) -> list[Any]:
        """Return what the response shows of the values of a field, as far as it is known."""
        kind = field.definition.type
        leaf = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_leaf_type(leaf) and not any(value is None or type(value) is Failed for value in values):
            with suppress(Exception):  # a value that is none of the type is looked at by itself
                return [_leaf(leaf, value) for value in values]
        return [self.taken(field, kind, value) for value in values]

    def taken(self, field: ShownField, kind: Any, value: Any) -> Any:
        """Return a value as the response shows it, or what it will be."""
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
                return [self.taken(field, kind.of_type, each) for each in _items(field, value)]
            return _leaf(kind, value) if is_leaf_type(kind) else self._object(field, value)
        except Exception as error:
            self.call.fail()
            return Failed(error)

    def _object(self, field: ShownField, value: Any) -> Any:
        if field.listing is not None:
            return self._record(field, field.listing, None)
        types = field.types
        assert types is not None
        if type(value) is NodeReference:
            return self._node(field, types, value.id)
        if isinstance(value, Base):
            value = RecordReference(type(value), value.id)  # type: ignore[attr-defined] # every table of a view has one
        if type(value) is RecordReference:
            program = types.program(value.model, self.call)
            return self._record(field, program, str(value.id), value.model, value.missing)
        objects = types.of(value, field.info(self.call))
        sources = self.objects.setdefault(objects, [])
        sources.append(value)
        return PendingValue(sources, len(sources) - 1)

    def _node(self, field: ShownField, types: Types, id: UUID) -> Any:
        """What is shown of a record of any type, or None if there is none with this id."""
        if self._unknown is not None:
            raise self._unknown
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
        field: ShownField,
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
        """Read the records and make the objects."""
        for program, found in self.records.items():
            results = await self.call.results(program, found)
            found.update({key: results[key] for key in found})
        level = [*self.objects.items()]
        for (objects, sources), made in zip(level, await show(self.call, level) if level else (), strict=True):
            sources[:] = made
            self.call.typed.append((sources, objects.kind))


def _items(field: ShownField, value: Any) -> Iterable[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        name = f"{field.parent.name}.{field.name}"
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
    return value


def _leaf(kind: Any, value: Any) -> Any:
    shown = kind.coerce_output_value(value)
    if shown is None:
        raise TypeError(f"{kind} does not show {value!r}.")
    return shown


def _filled(call: Call, value: Any) -> Any:
    """Return the value with what was read in its places."""
    if isinstance(value, list):
        return [_filled(call, each) for each in value]
    if type(value) is not PendingValue:
        return value
    shown = value.made[value.key]
    if shown is None and value.missing is not None:
        call.fail()
        return Failed(value.missing())
    return shown
