"""Requirements in the schema: the directive ``@auth``, sentences in descriptions, and guards of resolvers.

graphql-core calls a guard in place of the resolver; a plan checks the same requirement before it reads the field.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Unpack

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)
from graphql.execution import default_field_resolver
from strawberry import UNSET
from strawberry.schema_directive import Location
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from graphql_app.authorization import REQUIREMENT, Requirement, Rights, required, requirement_of, undeclared
from graphql_app.plan.fields import planned
from graphql_app.strawberry_adapter import Source, declaration_of, fields_of

type Resolve = Callable[..., object]
"""Resolver of graphql-core: of the source, ``info`` and the arguments by name."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION, Location.ENUM_VALUE],
    name="auth",
    description="Requirement of a field. The viewer needs one of the roles and, with an API key, all scopes. Other "
    "viewers get the error `FORBIDDEN`, or null where the description says so.",
)
class AuthDirective:
    """Printed form of a requirement."""

    requires: list[str] | None = strawberry.directive_field("requires", default=UNSET)
    scopes: list[str] | None = strawberry.directive_field("scopes", default=UNSET)


def rights_of(metadata: Mapping[str, object] | None = None, **rights: Unpack[Rights]) -> dict[str, Any]:
    """Return the arguments of Strawberry's field for a declaration with these rights, and further metadata."""
    requirement, known = required(**rights), dict(metadata or {})
    if requirement is None:
        return {"metadata": known}
    return {"metadata": {**known, REQUIREMENT: requirement}, "directives": [printed(requirement)]}


def restrict(field: StrawberryField, requirement: Requirement | None) -> None:
    """Copy the requirement of the field whose values this field exposes, or to which this input field applies."""
    if requirement is not None:
        field.metadata = {**field.metadata, REQUIREMENT: requirement}  # type: ignore[assignment]  # a plain mapping
        others = (each for each in field.directives if not isinstance(each, AuthDirective))
        field.directives = [*others, printed(requirement)]


def require_scope(root: type, scope: str) -> None:
    """Add a scope to the requirements of all fields of a root type that require a login."""
    for field in fields_of(root):
        if not field.metadata.get("public"):
            known = requirement_of(field) or Requirement()
            restrict(field, replace(known, scopes=known.scopes | {scope}))


def printed(requirement: Requirement) -> AuthDirective:
    roles, scopes = requirement.roles, sorted(requirement.scopes)
    return AuthDirective(requires=UNSET if roles is None else list(roles), scopes=scopes or UNSET)


def requirement_problems(
    fields: Iterable[tuple[str, StrawberryField]], roles: Collection[str], scopes: Collection[str] = ()
) -> Iterator[str]:
    """Yield a line for each contradiction in the requirements of fields, which have the names of their types.

    ``roles`` and ``scopes`` are the declared ones; if empty, any.
    """
    for owner, field in fields:
        requirement, name = requirement_of(field), f"{owner}.{field.python_name}"
        if requirement is None:
            continue
        for role in undeclared(requirement.roles or (), roles):
            yield f"{name}: the role {role} is not declared; declared are {', '.join(roles)}"
        for scope in undeclared(sorted(requirement.scopes), scopes):
            yield f"{name}: the scope {scope} is not declared; declared are {', '.join(scopes)}"
        if field.metadata.get("public"):
            yield f"{name}: a public field requires no login, so it can require no role or scope"
        if requirement.as_null and not isinstance(field.type, StrawberryOptional):
            yield f"{name}: some viewers get null, so its type must allow null"


def enforce_requirements(schema: GraphQLSchema) -> None:
    """Add guards and descriptions to the restricted fields of graphql-core's schema."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for definition in kind.fields.values():
                requirement = requirement_of(declaration_of(definition))
                if requirement is not None:
                    _enforce(definition, requirement)
        elif isinstance(kind, GraphQLInputObjectType):
            for given in kind.fields.values():
                requirement = requirement_of(declaration_of(given))
                if requirement is not None:
                    given.description = f"{given.description} {requirement.message}"


def _enforce(definition: GraphQLField, requirement: Requirement) -> None:
    definition.description = " ".join(filter(None, (definition.description, requirement.description)))
    if not planned(definition).checks_itself:
        definition.resolve = _guarded(definition.resolve or default_field_resolver, requirement)
        if definition.subscribe is not None:
            definition.subscribe = _guarded(definition.subscribe, requirement)


def _guarded(resolve: Resolve, requirement: Requirement) -> Resolve:
    def guard(source: Source, info: GraphQLResolveInfo[Any], /, **arguments: object) -> object:
        if requirement.as_null and not info.context.admits(requirement):
            return None
        info.context.require(requirement)
        return resolve(source, info, **arguments)

    return guard
