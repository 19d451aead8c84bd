"""Compares views with tables: a schema that promises what a table does not keep is refused before it serves anybody."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from itertools import chain, combinations
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from strawberry import ID
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import (
    StrawberryContainer,
    StrawberryObjectDefinition,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion

from graphql_app.models.base import TENANT, Base, RootBase, SystemBase
from graphql_app.types.fields import ColumnField, EngineField, RestrictedField
from graphql_app.types.filters import COMPARED
from graphql_app.types.inputs import NameCollision
from graphql_app.types.model_type import fields_of, shown_type
from graphql_app.types.registry import UnknownModelType, model_of, type_of_model
from graphql_app.types.scalars import SCALARS

Pair = tuple[str, str]
ROOTS = ("Query", "Mutation", "Subscription")
BUILT_IN = ("Boolean", "Float", "ID", "Int", "String")


def collisions(views: Sequence[type], roots: Mapping[str, Sequence[type]], types: Iterable[type]) -> list[str]:
    """Return a line for each name in the API that stands for two things, naming both.

    ``roots`` are the classes that a root type is merged of, by its name.
    """
    found = _Found()
    found.visit([*views, *chain(*roots.values()), *types])
    in_views = [view.__strawberry_definition__ for view in views]  # type: ignore[attr-defined]
    lines = dict.fromkeys(line for each in in_views for line in found.members(each))
    known = {pair for each in in_views for pair, _ in found.pairs(each)}
    for definition in found.types.values():
        lines |= dict.fromkeys(found.members(definition, known))
    for name, classes in roots.items():
        lines |= dict.fromkeys(found.in_root(name, classes))
    return [*lines, *found.failed, *found.same_types(chain(*roots.values()))]


class _Found:
    """The types that fields lead to, each once; ``failed`` are messages of those that could not be made."""

    def __init__(self) -> None:
        self.types: dict[int, Any] = {}
        self.failed: list[str] = []
        self._convert = NameConverter()

    def visit(self, kinds: Iterable[Any]) -> None:
        """Follow the fields of ``kinds`` to every type."""
        waiting = [*kinds]
        while waiting:
            definition = self._definition(waiting.pop(0))
            if definition is None or id(definition) in self.types:
                continue
            self.types[id(definition)] = definition
            if isinstance(definition, StrawberryObjectDefinition):
                waiting += definition.interfaces
                waiting += [kind for field in definition.fields for kind in _types_of(field)]
            elif isinstance(definition, StrawberryUnion):
                waiting += definition.types

    def _definition(self, kind: Any) -> Any:
        """Return the definition of a type, without lists and nulls; None for a scalar."""
        try:
            while isinstance(kind, StrawberryContainer | LazyType):
                kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
        except NameCollision as error:
            self.failed.append(str(error))
            return None
        except (UnknownModelType, KeyError):
            # an edge without a view, a field without a column, a column without a scalar: the type cannot be made,
            # and the comparison with the tables names the reason
            return None
        if has_object_definition(kind):
            return kind.__strawberry_definition__
        is_named = isinstance(kind, StrawberryObjectDefinition | StrawberryEnumDefinition | StrawberryUnion)
        return kind if is_named else getattr(kind, "__strawberry_definition__", None)

    def pairs(self, definition: Any) -> Iterator[tuple[Pair, str]]:
        """Yield the Python names of two fields of a type that have one name in the API, and that name."""
        if isinstance(definition, StrawberryObjectDefinition):
            yield from _same((self._convert.from_field(field), field.python_name) for field in definition.fields)

    def members(self, definition: Any, known: Iterable[Pair] = ()) -> Iterator[str]:
        """Yield a line for each collision within a type: of its fields unless ``known``, and of their arguments."""
        if not isinstance(definition, StrawberryObjectDefinition):
            return
        for pair, name in self.pairs(definition):
            if pair not in known:
                yield _line(definition.name, pair, "fields", name)
        for field in definition.fields:
            arguments = ((self._convert.from_argument(each), each.python_name) for each in field.arguments)
            for pair, name in _same(arguments):
                yield _line(f"{definition.name}.{field.python_name}", pair, "arguments", name)

    def in_root(self, name: str, classes: Sequence[type]) -> Iterator[str]:
        """Yield a line for each field that two of the classes declare, or inherit from different classes."""
        declared = {
            (self._convert.from_field(field), f"{each.__module__}.{each.__qualname__}.{field.python_name}")
            for root in classes
            for each in root.__mro__
            if "__strawberry_definition__" in vars(each)
            for field in each.__strawberry_definition__.fields  # type: ignore[attr-defined]
            if field.origin is each
        }
        for pair, api in _same(sorted(declared)):
            yield _line(name, pair, "fields", api)

    def same_types(self, roots: Iterable[type]) -> Iterator[str]:
        """Yield a line for each name that two types have; ``roots`` are merged, and are no types by themselves."""
        merged = {id(root.__strawberry_definition__) for root in roots}  # type: ignore[attr-defined]
        named = [
            (self._convert.from_type(each), _place(each)) for each in self.types.values() if id(each) not in merged
        ]
        reserved = [(name, "the root type") for name in ROOTS] + [(name, "the scalar") for name in BUILT_IN]
        reserved += [(each.name, "the scalar") for each in SCALARS.values()]
        for (one, other), name in _same([*reserved, *named]):
            yield f"{name}: {one} and {other} are two types of this name; rename one"


def _types_of(field: Any) -> Iterator[Any]:
    with suppress(UnknownModelType):  # reported by the comparison with the tables
        yield field.type
    for argument in field.arguments:
        yield argument.type


def _same(named: Iterable[tuple[str, str]]) -> Iterator[tuple[Pair, str]]:
    places = defaultdict[str, list[str]](list)
    for name, place in named:
        places[name].append(place)
    for name, all_of_it in places.items():
        for pair in combinations(all_of_it, 2):
            yield pair, name


def _line(owner: str, pair: Pair, what: str, name: str) -> str:
    return f"{owner}: the {what} {pair[0]} and {pair[1]} are both `{name}` in the API; rename one"


def _place(definition: Any) -> str:
    """Return where a type is declared, or what it is generated for."""
    kind = getattr(definition, "origin", None) or getattr(definition, "wrapped_cls", None)
    return f"{kind.__module__}.{kind.__qualname__}" if kind is not None else f"the union {definition.graphql_name}"


ROOT = "organizations"
"""The table of organizations: its own id says whose row it is."""


class SchemaMismatch(Exception):
    """Views and tables disagree; the message has a line for each place."""


def check(views: Sequence[type], roots: Mapping[str, Sequence[type]], types: Iterable[type]) -> None:
    """Compare views with tables, and look for names that stand for two things.

    ``roots`` are the classes that the root types are merged of, by the names of those. Raises SchemaMismatch, naming
    every mismatch at once.
    """
    found = [line for view in views for line in _mismatches(view)]
    models = [model_of(view) for view in views]
    found += [line for model in models[:1] for line in _without_organization(model, models)]
    found += collisions(views, roots, types)
    found += [line for root in roots.get("Mutation", ()) for line in _erasing(root)]
    if found:
        raise SchemaMismatch("The GraphQL schema and the tables disagree:\n" + "\n".join(f"  {line}" for line in found))


def _without_organization(model: type[Base], shown: Sequence[type[Base]]) -> Iterator[str]:
    """Tables of the metadata whose rows belong to no organization: row-level security would hide all of them."""
    models = {each.local_table: each.class_ for each in model.registry.mappers}
    for table in model.metadata.tables.values():
        declared = models.get(table)
        column = table.columns.get(TENANT)
        if column is not None and not column.nullable:
            continue
        if declared is not None and issubclass(declared, RootBase) and table.name == ROOT:
            continue
        if declared is not None and issubclass(declared, SystemBase) and declared not in shown:
            continue
        name = f"the table {table.name}" if declared is None else f"{declared.__name__}: its table {table.name}"
        yield (
            f"{name} has no {TENANT} that is always set, so that row-level security would hide its rows; "
            "derive the model from TenantBase"
        )


def _erasing(root: type) -> Iterator[str]:
    """Root fields of mutations whose failure would erase what the fields beside them have committed."""
    for field in fields_of(root):
        if not isinstance(field.type, StrawberryOptional):
            yield f"Mutation.{field.python_name}: it must admit null, or its error hides what other fields have saved"


def _mismatches(view: type) -> Iterator[str]:
    model = model_of(view)
    for field in fields_of(view):
        for what in _problems(field, model):
            yield f"{view.__name__}.{field.python_name}: {what}"


def _problems(field: StrawberryField, model: type[Base]) -> Iterator[str]:
    if not field.description:
        yield "it has no description; give its column a comment, or its relationship a doc"
    if isinstance(field, (ColumnField, RestrictedField)):
        yield from _column_problems(field, model)
    for relationship in field.relationships if isinstance(field, EngineField) else ():
        if not issubclass(model, relationship.parent.class_):
            yield f"{relationship} is a relationship of another model"
        yield from _far_problems(relationship)


def _far_problems(relationship: Any) -> Iterator[str]:
    try:
        type_of_model(relationship.property.mapper.class_)
    except UnknownModelType as error:
        yield str(error)


def _column_problems(field: StrawberryField, model: type[Base]) -> Iterator[str]:
    column = model.__table__.columns.get(field.python_name)
    if column is None:
        yield f"the table {model.__tablename__} has no such column"
        return
    declared: Any = field.type
    optional = isinstance(declared, StrawberryOptional)
    if isinstance(field, RestrictedField) and not optional:
        yield "some roles get null, so its type must admit null"
    if not isinstance(field, RestrictedField) and optional != bool(column.nullable):
        yield f"the column is {_nullable(column.nullable)} and the field is {_nullable(optional)}"
    shown, held = shown_type(field), column.type.python_type
    if (UUID if shown is ID else shown) is not held:
        yield f"the column holds {held.__name__}, the field shows {shown}"
    elif held not in COMPARED and not issubclass(held, Enum):
        yield f"there is no scalar that shows and compares a {held.__name__}"
    elif isinstance(column.type, BigInteger):
        yield "the column holds numbers that are too large for an Int"


def _nullable(admits: object) -> str:
    return "nullable" if admits else "not nullable"
