"""Outcomes as JSON: what is remembered under an idempotency key. References to records, and no secret."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from graphql_app.database.base import Base
from graphql_app.errors import Conflict, RuleError
from graphql_app.mutations.payloads import BulkOutcome, Outcome
from graphql_app.mutations.user_errors import TYPES

Json = Mapping[str, Any]


def reference_of(outcome: Outcome) -> Json:
    """What is needed to show the outcome again, with its records as they are then."""
    kept = {
        "record": None if outcome.record_id is None else str(outcome.record_id),
        "others": {name: str(id) for name, id in outcome.others.items()},
        "errors": [_error(error) for error in outcome.errors],
    }
    if isinstance(outcome, BulkOutcome):
        kept["results"] = [reference_of(each) for each in outcome.results]
    return kept


def outcome_from(kept: Json, models: Iterable[type[Base]]) -> Outcome:
    """The outcome again; ``models`` are those that a conflict may be about."""
    record = None if kept["record"] is None else UUID(kept["record"])
    others = {name: UUID(id) for name, id in kept["others"].items()}
    errors = [_error_from(error, models) for error in kept["errors"]]
    if "results" not in kept:
        return Outcome(record, errors, others=others)
    return BulkOutcome(record, errors, others=others, results=[outcome_from(each, models) for each in kept["results"]])


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
