"""Payloads of mutations: the record that was changed, or the errors that kept it from being changed.

What is remembered of an outcome under an idempotency key is its reference: JSON with the ids of its records.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation

from graphql_app.errors import Conflict, RuleError
from graphql_app.models.base import Base
from graphql_app.mutations.user_errors import TYPES, ReadField, ReportedError, UserError
from graphql_app.types.fields import EngineField, ItemCount, RecordReference
from graphql_app.types.registry import DeferredType, type_of_model

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutation. Only ids of records are kept: the payload reads them again, as they were committed."""

    record_id: UUID | None = None
    errors: Sequence[RuleError] = ()
    secret: Any = None
    """A value that is shown once and stored nowhere, such as a token."""
    others: Mapping[str, UUID] = field(default_factory=dict)
    """The ids of further records, by the Python names of the payload's fields."""
    results: "Sequence[Outcome]" = ()
    """Of a bulk mutation: the outcomes of its rows, in their order; ``errors`` are those of all rows."""

    @property
    def count(self) -> int:
        """Number of rows that a bulk mutation has written."""
        return sum(result.record_id is not None for result in self.results)

    def id_for(self, name: str) -> UUID | None:
        """The id of the record that the payload's field of this Python name shows."""
        return self.others.get(name, self.record_id)


class Record(EngineField):
    """The record that the mutation changed, as committed; null when there are errors."""

    def __init__(self, model: type[Base], description: str) -> None:
        later: Any = DeferredType(make=lambda: type_of_model(model))
        super().__init__(type_annotation=StrawberryAnnotation(later | None), description=description)
        self.model = model

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        id = source.id_for(self.python_name)
        return None if id is None else info.context.loaders.by_id(self.model, id)

    def refer(self, source: Outcome, info: Any) -> RecordReference | None:
        id = source.id_for(self.python_name)
        return None if id is None else RecordReference(self.model, id)


def record(model: type[Base], description: str) -> Any:
    """A field of a payload: the record of ``model`` that the mutation changed."""
    return Record(model, description)


def deleted_id(description: str) -> Any:
    """A field of a payload: the id of the record that the mutation deleted."""
    return ReadField(ID | None, description, lambda outcome: outcome.record_id and str(outcome.record_id))


def secret(annotation: Any, description: str) -> Any:
    """A field of a payload: a value that is shown once and stored nowhere."""
    return ReadField(annotation, description, lambda outcome: outcome.secret)


def results(kind: "type[Payload]", description: str) -> Any:
    """A field of a bulk mutation's payload: the outcome of each row, shown as the payload of a mutation of one."""
    rows: Any = list[kind]  # type: ignore[valid-type]
    field = ReadField(rows, description, lambda outcome: list(outcome.results))
    field.of_each_row = True
    return field


def _errors(description: str) -> Any:
    """The errors of an outcome. One that has several shows few, whatever it selects of them."""
    field = ReadField(list[UserError], description, lambda outcome: [ReportedError(error) for error in outcome.errors])
    field.sizing = ItemCount(default=1, is_planned=False, is_inherited=True)
    return field


@strawberry.type
class Payload:
    """What every payload has. Instances are Outcomes."""

    errors = _errors(
        "Errors that prevented the change; empty if it succeeded. A `ContinuationError` accompanies a change that "
        "is saved."
    )


@strawberry.type
class BulkPayload:
    """Fields of all payloads of bulk mutations, beside ``results``. Instances are Outcomes."""

    count = ReadField(int, "Number of rows that were written.", lambda outcome: outcome.count)
    errors = _errors(
        "Errors of all rows. A path starts with an index in `inputs`; it is empty if the error belongs to no row.",
    )


def reference_of(outcome: Outcome) -> Json:
    """Return what is needed to show the outcome again, with its records as they are then; no secret."""
    kept = {
        "record": None if outcome.record_id is None else str(outcome.record_id),
        "others": {name: str(id) for name, id in outcome.others.items()},
        "errors": [_error(error) for error in outcome.errors],
    }
    if outcome.results:
        kept["results"] = [reference_of(each) for each in outcome.results]
    return kept


def outcome_from(kept: Json, models: Iterable[type[Base]]) -> Outcome:
    """Return the outcome of a reference; ``models`` are those that a conflict may be about."""
    record = None if kept["record"] is None else UUID(kept["record"])
    others = {name: UUID(id) for name, id in kept["others"].items()}
    errors = [_error_from(error, models) for error in kept["errors"]]
    results = [outcome_from(each, models) for each in kept.get("results", ())]
    return Outcome(record, errors, others=others, results=results)


def _error(error: RuleError) -> Json:
    kind = next(TYPES[each] for each in type(error).__mro__ if each in TYPES)
    kept = {"kind": kind, "code": error.code, "message": str(error), "path": list(error.path)}
    if isinstance(error, Conflict) and error.model is not None:
        kept |= {"table": error.model.__tablename__, "id": str(error.id)}  # type: ignore[attr-defined]
    return kept


def _error_from(kept: Json, models: Iterable[type[Base]]) -> RuleError:
    kind = next(kind for kind, name in TYPES.items() if name == kept["kind"])
    error = kind(kept["message"], *kept["path"], code=kept["code"])
    if isinstance(error, Conflict) and "table" in kept:
        error.model = next((model for model in models if model.__tablename__ == kept["table"]), None)
        error.id = UUID(kept["id"])
    return error
