"""What a change of the schema means to clients that were written for the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphql import GraphQLSchema, build_schema, is_enum_type, is_input_object_type, is_interface_type, is_object_type
from graphql.utilities import BreakingChange, DangerousChange, find_schema_changes


class Effect(StrEnum):
    """Breaking: clients that did nothing wrong fail. Dangerous: they may meet what they do not expect."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change, in words."""

    effect: Effect
    description: str


def changes_between(old: str, new: str) -> list[Change]:
    """The changes from one SDL to another, the worst first. Raises GraphQLError for an SDL that is none.

    None, although the texts differ, means that only the order of things has changed.
    """
    before, after = build_schema(old), build_schema(new)
    found = [Change(effect_of(each), each.description) for each in find_schema_changes(before, after)]
    return sorted({*found, *choices(before, after), *deprecations(before, after)})


def effect_of(change: Any) -> Effect:
    """What graphql-core thinks of it."""
    if isinstance(change, BreakingChange):
        return Effect.BREAKING
    return Effect.DANGEROUS if isinstance(change, DangerousChange) else Effect.SAFE


def choices(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[Change]:
    """Inputs that take exactly one field now, or no longer: graphql-core does not look at that."""
    for name, kind in after.type_map.items():
        old = before.type_map.get(name)
        if is_input_object_type(kind) and is_input_object_type(old) and kind.is_one_of != old.is_one_of:
            if kind.is_one_of:
                yield Change(Effect.BREAKING, f"{name} takes exactly one of its fields now.")
            else:
                yield Change(Effect.SAFE, f"{name} takes more than one of its fields now.")


def deprecations(before: GraphQLSchema, after: GraphQLSchema) -> Iterator[Change]:
    """What is advised against now, or no longer: neither does it look at that."""
    old = dict(deprecatable(before))
    for name, reason in deprecatable(after):
        if name in old and old[name] != reason:
            said = "is no longer deprecated." if reason is None else f"is deprecated: {reason}"
            yield Change(Effect.SAFE, f"{name} {said}")


def deprecatable(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything that can be deprecated, by its coordinates, and why it is."""
    for name, kind in schema.type_map.items():
        if is_object_type(kind) or is_interface_type(kind) or is_input_object_type(kind):
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field.deprecation_reason
                for argument, each in getattr(field, "args", {}).items():
                    yield f"{name}.{key}({argument}:)", each.deprecation_reason
        elif is_enum_type(kind):
            for key, value in kind.values.items():
                yield f"{name}.{key}", value.deprecation_reason
