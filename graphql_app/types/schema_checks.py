"""Comparison of model types with their tables, and detection of name collisions, before a schema is served."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, combinations

from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from graphql_app.errors import StartupError
from graphql_app.models.base import TENANT, Base, ReferenceBase, RootBase, SystemBase
from graphql_app.strawberry_adapter import Annotation, Definition, definition_of, fields_of, named_definition
from graphql_app.types.fields import EngineField
from graphql_app.types.filter_inputs import NameCollision
from graphql_app.types.registry import UnknownModelType, model_of
from graphql_app.types.requirements import requirement_problems
from graphql_app.types.scalars import SCALARS

Pair = tuple[str, str]
NAMES = NameConverter()
RESERVED = (
    *((name, "the root type") for name in ("Query", "Mutation", "Subscription")),
    *((name, "the scalar") for name in ("Boolean", "Float", "ID", "Int", "String")),
    *((each.name, "the scalar") for each in SCALARS.values()),
)
"""Names of types that each schema has."""


def collisions(model_types: Sequence[type], roots: Mapping[str, Sequence[type]], types: Iterable[type]) -> list[str]:
    """Return a line for each name in the API that is ambiguous.

    ``roots`` are the classes that are merged into a root type, by its name.
    """
    merged = [*chain(*roots.values())]
    definitions, failed = _reachable([*model_types, *merged, *types])
    objects = [each for each in definitions if isinstance(each, StrawberryObjectDefinition)]
    declared = {id(definition_of(each)) for each in model_types}
    known = {pair for each in objects if id(each) in declared for pair, _ in _same_fields(each)}
    # a type that is generated for a model type repeats its collisions
    lines = [line for each in objects for line in _in_type(each, () if id(each) in declared else known)]
    lines += [line for name, classes in roots.items() for line in _in_root(name, classes)]
    return [*dict.fromkeys(lines), *failed, *_between_types(definitions, merged)]


def _reachable(kinds: Iterable[Annotation]) -> tuple[list[Definition], list[str]]:
    """Return the distinct types that fields refer to, and messages for types that cannot be generated."""
    found: dict[int, Definition] = {}
    failed: list[str] = []
    waiting = deque(kinds)
    while waiting:
        definition = None
        try:
            definition = named_definition(waiting.popleft())
        except NameCollision as error:
            failed.append(str(error))
        except (UnknownModelType, KeyError):
            pass  # an edge without a type, a column without a field or a scalar: see _mismatches
        if definition is None or id(definition) in found:
            continue
        found[id(definition)] = definition
        if isinstance(definition, StrawberryObjectDefinition):
            waiting += definition.interfaces
            waiting += [kind for field in definition.fields for kind in _types_of(field)]
        elif isinstance(definition, StrawberryUnion):
            waiting += definition.types
    return list(found.values()), failed


def _types_of(field: StrawberryField) -> Iterator[Annotation]:
    with suppress(UnknownModelType):  # see _mismatches
        yield field.type
    for argument in field.arguments:
        yield argument.type


def _same_fields(definition: StrawberryObjectDefinition) -> Iterator[tuple[Pair, str]]:
    return _same((NAMES.from_field(field), field.python_name) for field in definition.fields)


def _in_type(definition: StrawberryObjectDefinition, known: Collection[Pair]) -> Iterator[str]:
    """Yield a line for each collision within a type: of its fields unless ``known``, and of their arguments."""
    for pair, name in _same_fields(definition):
        if pair not in known:
            yield _line(definition.name, pair, "fields", name)
    for field in definition.fields:
        arguments = ((NAMES.from_argument(each), each.python_name) for each in field.arguments)
        for pair, name in _same(arguments):
            yield _line(f"{definition.name}.{field.python_name}", pair, "arguments", name)


def _in_root(root: str, classes: Sequence[type]) -> Iterator[str]:
    """Yield a line for each field that two of the classes declare, or inherit from different classes."""
    declared = {
        (NAMES.from_field(field), f"{each.__module__}.{each.__qualname__}.{field.python_name}")
        for cls in classes
        for each in cls.__mro__
        if (definition := get_object_definition(each)) is not None
        for field in definition.fields
        if field.origin is each
    }
    for pair, name in _same(sorted(declared)):
        yield _line(root, pair, "fields", name)


def _between_types(definitions: Iterable[Definition], roots: Iterable[type]) -> Iterator[str]:
    """Yield a line for each name that two types have. ``roots`` are merged, and do not become types."""
    merged = {id(definition_of(root)) for root in roots}
    named = [(NAMES.from_type(each), _place(each)) for each in definitions if id(each) not in merged]
    for (one, other), name in _same([*RESERVED, *named]):
        yield f"{name}: {one} and {other} are two types of this name; rename one"


def _same(named: Iterable[tuple[str, str]]) -> Iterator[tuple[Pair, str]]:
    """Yield each pair of places with the same name, and the name."""
    places = defaultdict[str, list[str]](list)
    for name, place in named:
        places[name].append(place)
    for name, found in places.items():
        for pair in combinations(found, 2):
            yield pair, name


def _line(owner: str, pair: Pair, members: str, name: str) -> str:
    return f"{owner}: the {members} {pair[0]} and {pair[1]} are both `{name}` in the API; rename one"


def _place(definition: Definition) -> str:
    """Return the name of the class of a type, or of the model or column for which it is generated."""
    if isinstance(definition, StrawberryUnion):
        return f"the union {definition.graphql_name}"
    cls = definition.wrapped_cls if isinstance(definition, StrawberryEnumDefinition) else definition.origin
    return f"{cls.__module__}.{cls.__qualname__}"


ROOT = "organizations"
"""Table of organizations, whose ID is the organization's."""


class SchemaMismatch(StartupError):
    """Contradiction between types and tables, or name collision. The message has a line for each."""


def check(
    model_types: Sequence[type],
    roots: Mapping[str, Sequence[type]],
    types: Iterable[type],
    roles: Sequence[str] = (),
    scopes: Sequence[str] = (),
) -> None:
    """Compare types with tables, and detect name collisions. Raises SchemaMismatch with all mismatches.

    ``roots`` are the classes that are merged into root types, by the names of the types. ``roles`` and ``scopes`` are
    those that fields may require; if empty, any.
    """
    declared = [(each, model) for each in model_types if (model := model_of(each)) is not None]
    models = [model for _, model in declared]
    found = [line for each, model in declared for line in _mismatches(each, model)]
    found += [line for model in models[:1] for line in _without_organization(model, models)]
    found += collisions(model_types, roots, types)
    found += requirement_problems(_all_fields([*model_types, *chain(*roots.values()), *types]), roles, scopes)
    if found:
        raise SchemaMismatch("The GraphQL schema and the tables disagree:\n" + "\n".join(f"  {line}" for line in found))


def _all_fields(kinds: Sequence[type]) -> Iterator[tuple[str, StrawberryField]]:
    """Yield the fields of all types to which fields lead, with the names of their types."""
    for definition in _reachable(kinds)[0]:
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield from ((definition.name, field) for field in definition.fields)


def _without_organization(model: type[Base], exposed: Sequence[type[Base]]) -> Iterator[str]:
    """Yield a line for each table whose rows have no organization: row-level security would hide all of them."""
    models = {each.local_table: each.class_ for each in model.registry.mappers}
    for table in model.metadata.tables.values():
        declared = models.get(table)
        column = table.columns.get(TENANT)
        is_root = declared is not None and issubclass(declared, RootBase) and table.name == ROOT
        is_hidden = declared is not None and issubclass(declared, SystemBase) and declared not in exposed
        is_reference = declared is not None and issubclass(declared, ReferenceBase)
        if is_root or is_hidden or is_reference or (column is not None and not column.nullable):
            continue
        name = f"the table {table.name}" if declared is None else f"{declared.__name__}: its table {table.name}"
        yield (
            f"{name} has no {TENANT} that is always set, so that row-level security would hide its rows; "
            "derive the model from TenantBase, or from ReferenceBase if all organizations read the same rows"
        )


def _mismatches(declared: type, model: type[Base]) -> Iterator[str]:
    for field in fields_of(declared):
        problems = [*field.problems(model)] if isinstance(field, EngineField) else []
        if not field.description:
            problems.insert(0, "it has no description; give its column a comment, or its relationship a doc")
        yield from (f"{declared.__name__}.{field.python_name}: {problem}" for problem in problems)
