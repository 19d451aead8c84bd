"""Compares views with tables: a schema that promises what a table does not keep is refused before it serves anybody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from strawberry import ID
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from graphql_app.database.base import TENANT, Base, RootBase, SystemBase
from graphql_app.views.collisions import collisions
from graphql_app.views.comparators import SCALARS
from graphql_app.views.fields import Column, EdgeField, OneOf, RestrictedColumn
from graphql_app.views.measures import shown_type
from graphql_app.views.node import Node
from graphql_app.views.registry import UnknownView, model_of, view_of
from graphql_app.views.view import fields_of

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
    if isinstance(field, (Column, RestrictedColumn)):
        yield from _column_problems(field, model)
    for relationship in _relationships(field):
        if not issubclass(model, relationship.class_):
            yield f"{relationship} is a relationship of another model"
        yield from _far_problems(relationship)


def _relationships(field: StrawberryField) -> tuple[Any, ...]:
    if isinstance(field, OneOf):
        return field.relationships
    return (field.relationship,) if isinstance(field, EdgeField) else ()


def _far_problems(relationship: Any) -> Iterator[str]:
    try:
        view_of(relationship.property.mapper.class_)
    except UnknownView as error:
        yield str(error)


def _column_problems(field: StrawberryField, model: type[Base]) -> Iterator[str]:
    column = model.__table__.columns.get(field.python_name)
    if column is None:
        yield f"the table {model.__tablename__} has no such column"
        return
    declared: Any = field.type
    optional = isinstance(declared, StrawberryOptional)
    if isinstance(field, RestrictedColumn) and not optional:
        yield "some roles get null, so its type must admit null"
    if not isinstance(field, RestrictedColumn) and optional != bool(column.nullable):
        yield f"the column is {_nullable(column.nullable)} and the field is {_nullable(optional)}"
    shown, held = shown_type(field), column.type.python_type
    if (UUID if shown is ID else shown) is not held:
        yield f"the column holds {held.__name__}, the field shows {shown}"
    elif held not in SCALARS and not issubclass(held, Enum):
        yield f"there is no scalar that shows and compares a {held.__name__}"
    elif isinstance(column.type, BigInteger):
        yield "the column holds numbers that are too large for an Int"


def _nullable(admits: object) -> str:
    return "nullable" if admits else "not nullable"


def nodes_among(types: Iterable[type]) -> list[type]:
    """Those of ``types`` that are views of a table."""
    return [each for each in types if issubclass(each, Node) and each is not Node]
