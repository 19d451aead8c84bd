"""Compatibility of schema changes with existing clients."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphql import GraphQLSchema, build_schema, is_enum_type, is_input_object_type, is_interface_type, is_object_type
from graphql.utilities import BreakingChange, DangerousChange, find_schema_changes


class Effect(StrEnum):
    """Effect of a change: it breaks valid clients, it may surprise them, or it is safe."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Change of the schema, with its description."""

    effect: Effect
    description: str


def changes_between(old: str, new: str) -> list[Change]:
    """Return the changes from one SDL to another, the worst first. Raises GraphQLError for an invalid SDL.

    If there are no changes although the texts differ, only the order of definitions has changed.
    """
    before, after = build_schema(old), build_schema(new)
    found = [Change(effect_of(each), each.description) for each in find_schema_changes(before, after)]
    return sorted({*found, *choices(before, after), *deprecations(before, after)})


def effect_of(change: Any) -> Effect:
    """Return the effect that graphql-core assigns to the change."""
    if isinstance(change, BreakingChange):
        return Effect.BREAKING
    return Effect.DANGEROUS if isinstance(change, DangerousChange) else Effect.SAFE


def choices(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[Change]:
    """Yield the inputs whose ``@oneOf`` has changed, which graphql-core does not compare."""
    for name, kind in after.type_map.items():
        old = before.type_map.get(name)
        if is_input_object_type(kind) and is_input_object_type(old) and kind.is_one_of != old.is_one_of:
            if kind.is_one_of:
                yield Change(Effect.BREAKING, f"{name} takes exactly one of its fields now.")
            else:
                yield Change(Effect.SAFE, f"{name} takes more than one of its fields now.")


def deprecations(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[Change]:
    """Yield the changed deprecations, which graphql-core does not compare."""
    old = dict(deprecatable(before))
    for name, reason in deprecatable(after):
        if name in old and old[name] != reason:
            said = "is no longer deprecated." if reason is None else f"is deprecated: {reason}"
            yield Change(Effect.SAFE, f"{name} {said}")


def deprecatable(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yield the schema coordinate of everything that can be deprecated, with the reason of its deprecation or None."""
    for name, kind in schema.type_map.items():
        if is_object_type(kind) or is_interface_type(kind) or is_input_object_type(kind):
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field.deprecation_reason
                for argument, each in getattr(field, "args", {}).items():
                    yield f"{name}.{key}({argument}:)", each.deprecation_reason
        elif is_enum_type(kind):
            for key, value in kind.values.items():
                yield f"{name}.{key}", value.deprecation_reason
