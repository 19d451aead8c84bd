"""Permissions of the viewer: the mutations that may be called, and for each record those that may change it.

They are computed from the declarations of mutations: roles and scopes, ``changeable`` and ``rows``. The rules of all
records of a level are evaluated by one statement.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import strawberry
from graphql import GraphQLSchema
from sqlalchemy import and_, false, func, select
from strawberry.types.field import StrawberryField

from graphql_app.authorization import WRITING, requirement_of
from graphql_app.context import Context, Info
from graphql_app.models.base import Base, Entity
from graphql_app.names import camel_case
from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.sql.parameters import in_keys
from graphql_app.sql.row_rules import CHANGES, Audience, RowRules, changeable_rows, is_restricted, readable
from graphql_app.strawberry_adapter import Arguments, Source, declaration_of, fields_of
from graphql_app.types.fields import EngineField
from graphql_app.types.registry import model_of, type_name_of

NAME = "permissions"
type Kinds = tuple[RowRules, ...]
"""Rules that a row must satisfy for a mutation."""


def callable_mutations(schema: GraphQLSchema, context: Context) -> list[str]:
    """Return the names of the mutations that the viewer may call, in the order of the schema."""
    mutation = schema.mutation_type
    if mutation is None or not WRITING.admits_scopes(context.viewer):
        return []
    needed = {name: requirement_of(declaration_of(field)) for name, field in mutation.fields.items()}
    return [name for name, requirement in needed.items() if requirement is None or context.admits(requirement)]


@dataclass(frozen=True, slots=True)
class RecordPermissions:
    """Permissions on one record."""

    model: type[Base]
    id: UUID


class PermissionField(EngineField):
    """True if the viewer may call a mutation on the record."""

    def __init__(self, name: str, mutation: EngineField) -> None:
        called = mutation.graphql_name or camel_case(mutation.python_name)
        description = f"True if you may call `{called}` on this record. The state of the record is not considered."
        super().__init__(bool, description, name=name)
        self._requirement = requirement_of(mutation)
        self._kinds: Kinds = CHANGES if mutation.rows is None else (*CHANGES, mutation.rows)

    def resolve(self, source: RecordPermissions, info: Info, arguments: Arguments) -> object:
        context, viewer = info.context, info.context.viewer
        if not WRITING.admits_scopes(viewer):
            return False
        if self._requirement is not None and not context.admits(self._requirement):
            return False
        audience = Audience(viewer.role, viewer.scopes)
        return self._of_row(context, source, audience) if is_restricted(self._kinds, source.model, audience) else True

    async def _of_row(self, context: Context, record: RecordPermissions, audience: Audience) -> bool:
        async def batch(ids: list[UUID]) -> list[bool]:
            found = await _admitted(context, record.model, self._kinds, audience, ids)
            return [id in found for id in ids]

        return await context.loaders.custom((NAME, record.model, self._kinds, audience), batch).load(record.id)


async def _admitted(
    context: Context, model: type[Base], kinds: Kinds, audience: Audience, ids: Sequence[UUID]
) -> set[UUID]:
    """Return the ids of the rows that the rules admit."""
    compiled = _select_admitted(model, kinds, audience)
    arguments = compiled.arguments({**context.session.ids, "keys": ids})
    return {id for (id,) in await context.session.fetch(compiled.sql, arguments, generic=True, keys=len(ids))}


@lru_cache(maxsize=1_000)
def _select_admitted(model: Entity, kinds: Kinds, audience: Audience) -> Compiled:
    admitted = func.coalesce(and_(*changeable_rows(kinds, model, audience)), false())
    return compile_statement(select(model.id).where(readable(model, audience), in_keys(model.id), admitted))


class PermissionsField(EngineField):
    """Permissions on a record."""

    def __init__(self, model: type[Base], mutations: Mapping[str, EngineField]) -> None:
        name = type_name_of(model)
        fields = {each: PermissionField(each, mutation) for each, mutation in mutations.items()}
        described = f"Mutations of {name} records, each with true if the viewer may call it on this record."
        kind = strawberry.type(type(f"{name}Permissions", (), fields), description=described)
        super().__init__(kind, "Mutations that you may call on this record, for a user interface.", name=NAME)
        self.model = model

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> RecordPermissions:
        return RecordPermissions(self.model, source.id)

    def columns_used(self, columns: object) -> Sequence[str]:
        return ("id",)


def add_permissions(model_types: Sequence[type], mutations: Sequence[type]) -> None:
    """Add the field ``permissions`` to the types of models whose records mutations change, once."""
    found: dict[type[Base], dict[str, EngineField]] = defaultdict(dict)
    for root in mutations:
        for field in fields_of(root):
            if isinstance(field, EngineField) and field.changed is not None:
                found[field.changed][_short_name(field.python_name, field.changed)] = field
    for declared in model_types:
        model, fields = model_of(declared), fields_of(declared)
        if model in found and not any(each.python_name == NAME for each in fields):
            fields.append(_owned(PermissionsField(model, found[model]), declared))


def _owned(field: StrawberryField, declared: type) -> StrawberryField:
    field.origin = declared
    return field


def _short_name(mutation: str, model: type[Base]) -> str:
    """Return the name of a mutation without that of the model: ``complete`` for ``complete_task``."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in model.__name__)
    return mutation.replace(words, "", 1).strip("_") or mutation
