"""References in inputs: the id of a record that rules hide from the viewer is refused like that of a missing one.

A foreign key does not check rules. So ids of columns that refer to a model with rules are looked up before the rule of
the mutation runs, by one statement per table.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import NotFound, PathItem, RuleError
from graphql_app.mutations.inputs import input_fields
from graphql_app.sql.row_rules import VISIBLE, Audience, is_restricted, model_with_rules

type References = dict[Table, list[tuple[UUID, tuple[PathItem, ...]]]]
"""Ids with the paths of their input fields, by the table that they refer to."""


async def hidden_references(
    tx: WriteTransaction, input: type, inputs: Mapping[tuple[PathItem, ...], Mapping[str, Any]]
) -> list[RuleError]:
    """Return an error for each id in ``inputs``, which have the paths of their keys, that the viewer may not see."""
    audience = tx.scope.audience
    if audience is None or not may_refer_to_hidden(input, audience):
        return []
    found: References = {}
    for path, values in inputs.items():
        for table, id, place in _references(input, values, path, audience):
            found.setdefault(table, []).append((id, place))
    errors: list[RuleError] = []
    for table, references in found.items():
        known = await tx.existing(table.c.id, {id for id, _ in references})
        errors += [NotFound("There is no record with this ID.", *path) for id, path in references if id not in known]
    return errors


def may_refer_to_hidden(input: type, audience: Audience | None) -> bool:
    """Return True if an input has an id of a record that rules may hide from the audience."""
    return audience is not None and bool(_ruled(input, audience, VISIBLE.version))


def _references(
    input: type, values: Mapping[str, Any], path: Sequence[PathItem], audience: Audience
) -> Iterator[tuple[Table, UUID, tuple[PathItem, ...]]]:
    for name, api_name, table, nested in _ruled(input, audience, VISIBLE.version):
        value, place = values.get(name), (*path, api_name)
        if value is None:
            continue
        if table is not None:
            yield table, value, place
        elif nested is not None:
            yield from _references(nested, value, place, audience)


@lru_cache(maxsize=1_000)
def _ruled(input: type, audience: Audience, version: int) -> tuple[tuple[str, str, Table | None, type | None], ...]:
    """Return the fields that refer to rows which rules may hide: both names, and the table or the nested input."""
    found: list[tuple[str, str, Table | None, type | None]] = []
    for field in input_fields(input):
        model = None if field.target is None else model_with_rules(field.target)
        if model is not None and is_restricted((VISIBLE,), model, audience):
            found.append((field.name, field.api_name, field.target, None))
        elif field.nested is not None and _ruled(field.nested, audience, version):
            found.append((field.name, field.api_name, None, field.nested))
    return tuple(found)
