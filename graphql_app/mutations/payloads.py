"""Payloads of mutations: the changed record, or the errors that prevented the change.

An outcome is stored under an idempotency key as its reference: JSON with the IDs of its records.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import GenericAlias
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry import ID

from graphql_app.context import Info
from graphql_app.database.transaction import RuleResult
from graphql_app.errors import Conflict, Invalid, RuleError, ValueLimit
from graphql_app.models.base import Base
from graphql_app.mutations.user_errors import TYPES, ReadField, ReportedError, UserError, kind_of
from graphql_app.plan.fields import RecordReference
from graphql_app.strawberry_adapter import Annotation
from graphql_app.types.costs import ItemCount
from graphql_app.types.records import RecordField
from graphql_app.types.registry import deferred_type_of

__all__ = ["BulkPayload", "Outcome", "Payload", "deleted_id", "outcome_from", "record", "reference_of", "results"]

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a mutation, with the IDs of its records: the payload reads them again, as committed."""

    record_id: UUID | None = None
    errors: Sequence[RuleError] = ()
    secret: object = None
    """Value that is returned once and never stored, such as a token."""
    others: Mapping[str, UUID] = field(default_factory=dict)
    """IDs of further records, by the Python names of the payload's fields."""
    results: "Sequence[Outcome]" = ()
    """Outcomes of a bulk mutation's rows, in their order; ``errors`` contains the errors of all rows."""

    @property
    def count(self) -> int:
        """Number of rows that a bulk mutation has written."""
        return sum(result.record_id is not None for result in self.results)

    def id_for(self, name: str) -> UUID | None:
        """Return the ID of the record for the payload's field of this Python name."""
        return self.others.get(name, self.record_id)


class PayloadRecord(RecordField):
    """Record that the mutation changed, as committed; null if there are errors."""

    is_changed_record = True

    def __init__(self, model: type[Base], description: str) -> None:
        super().__init__(deferred_type_of(model) | None, description, self._record)
        self.model = model

    def _record(self, outcome: Outcome, _: Info) -> RecordReference | None:
        id = outcome.id_for(self.python_name)
        return None if id is None else RecordReference(self.model, id)


record = PayloadRecord
"""Declares the field of a payload for the record of a model that the mutation changed."""


def deleted_id(description: str) -> ReadField:
    """Declare the field of a payload for the ID of the deleted record."""
    return ReadField(ID | None, description, lambda outcome: outcome.record_id and str(outcome.record_id))


def secret(annotation: Annotation, description: str) -> ReadField:
    """Declare the field of a payload for a value that is returned once and never stored."""
    return ReadField(annotation, description, lambda outcome: outcome.secret)


def results(kind: "type[Payload]", description: str) -> ReadField:
    """Declare the field of a bulk mutation's payload for the payload of each row."""
    field = ReadField(GenericAlias(list, kind), description, lambda outcome: list(outcome.results))
    field.is_each_row = True
    return field


def _errors(description: str) -> ReadField:
    """Declare the errors of an outcome. Counted as one object in the cost estimate."""
    field = ReadField(list[UserError], description, lambda outcome: [ReportedError(error) for error in outcome.errors])
    field.sizing = ItemCount(default=1, is_planned=False, is_inherited=True)
    return field


@strawberry.type
class Payload:
    """Fields of all payloads. Values are Outcomes."""

    errors = _errors(
        "Errors that prevented the change; empty if it succeeded. A `ContinuationError` accompanies a change that "
        "is saved."
    )


@strawberry.type
class BulkPayload:
    """Fields of all payloads of bulk mutations, besides ``results``. Values are Outcomes."""

    count = ReadField(int, "Number of rows that were written.", lambda outcome: outcome.count)
    errors = _errors(
        "Errors of all rows. A path starts with an index in `inputs`; it is empty if the error belongs to no row.",
    )


def reference_of(outcome: Outcome) -> Json:
    """Return the data from which the outcome can be restored, without its secret."""
    kept = {
        "record": None if outcome.record_id is None else str(outcome.record_id),
        "others": {name: str(id) for name, id in outcome.others.items()},
        "errors": [_error(error) for error in outcome.errors],
    }
    if outcome.results:
        kept["results"] = [reference_of(each) for each in outcome.results]
    return kept


def outcome_from(kept: Json, models: Iterable[type[Base]]) -> Outcome:
    """Return the outcome of a reference; ``models`` are the possible models of conflicts."""
    record = None if kept["record"] is None else UUID(kept["record"])
    others = {name: UUID(id) for name, id in kept["others"].items()}
    errors = [_error_from(error, models) for error in kept["errors"]]
    results = [outcome_from(each, models) for each in kept.get("results", ())]
    return Outcome(record, errors, others=others, results=results)


def _error(error: RuleError) -> Json:
    kept: dict[str, object] = {
        "kind": kind_of(error),
        "code": error.code,
        "message": str(error),
        "path": list(error.path),
    }
    if isinstance(error, Invalid) and error.limit is not None:
        known = error.limit.known.items()
        kept["limit"] = {name: str(bound) if isinstance(bound, Decimal) else bound for name, bound in known}
    if isinstance(error, Conflict) and error.model is not None:
        kept |= {"table": error.model.__tablename__, "id": str(error.id)}  # type: ignore[attr-defined]
    return kept


def _error_from(kept: Json, models: Iterable[type[Base]]) -> RuleError:
    kind = next(kind for kind, name in TYPES.items() if name == kept["kind"])
    error = kind(kept["message"], *kept["path"], code=kept["code"])
    if isinstance(error, Invalid) and "limit" in kept:
        error.limit = _limit_from(kept["limit"])
    if isinstance(error, Conflict) and "table" in kept:
        error.model = next((model for model in models if model.__tablename__ == kept["table"]), None)
        error.id = UUID(kept["id"])
    return error


def _limit_from(kept: Json) -> ValueLimit:
    """Return the limit of stored bounds, in which a Decimal is text."""
    bounds: Json = {  # of the fields' types
        name: Decimal(each) if isinstance(each, str) and name != "pattern" else each for name, each in kept.items()
    }
    return ValueLimit(**bounds)


def outcome_of(result: Any) -> Outcome:
    """Return the outcome of a rule that returned a record, or a RuleResult."""
    if not isinstance(result, RuleResult):
        return Outcome(result.id)
    record, others = cast(Any, result.record), cast(Mapping[str, Any], result.others)  # with the ids of their models
    ids = {name: other.id for name, other in others.items()}
    return Outcome(None if record is None else record.id, secret=result.secret, others=ids)
