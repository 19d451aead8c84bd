"""Payloads: what a mutation answers with, the record that it changed and the errors that kept it from doing so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation

from graphql_app.database.base import Base
from graphql_app.errors import RuleError
from graphql_app.mutations.user_errors import Told, UserError
from graphql_app.views.fields import EngineField, RecordKey
from graphql_app.views.limits import Sizing
from graphql_app.views.registry import Later, view_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutation. Only ids of records are kept: the payload reads them again, as they were committed."""

    record_id: UUID | None = None
    errors: Sequence[RuleError] = ()
    secret: Any = None
    """A value that is shown once and stored nowhere, such as a token."""
    others: Mapping[str, UUID] = field(default_factory=dict)
    """The ids of further records, by the Python names of the payload's fields."""

    def id_for(self, name: str) -> UUID | None:
        """The id of the record that the payload's field of this Python name shows."""
        return self.others.get(name, self.record_id)


@dataclass(frozen=True, slots=True)
class BulkOutcome(Outcome):
    """What became of each row of a bulk mutation, in their order; ``errors`` are those of all rows."""

    results: Sequence[Outcome] = ()

    @property
    def count(self) -> int:
        """How many rows were written."""
        return sum(result.record_id is not None for result in self.results)


class Record(EngineField):
    """The record that the mutation changed, as committed; null when there are errors."""

    def __init__(self, model: type[Base], description: str) -> None:
        later: Any = Later(make=lambda: view_of(model))
        super().__init__(type_annotation=StrawberryAnnotation(later | None), description=description)
        self.model = model

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        id = source.id_for(self.python_name)
        return None if id is None else info.context.loaders.by_id(self.model, id)

    def refer(self, source: Outcome, info: Any) -> RecordKey | None:
        id = source.id_for(self.python_name)
        return None if id is None else RecordKey(self.model, id)


class DeletedId(EngineField):
    """The id of a record that is gone."""

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        return None if source.record_id is None else str(source.record_id)


class Secret(EngineField):
    """A value that the outcome shows once."""

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        return source.secret


class Results(EngineField):
    """The outcomes of a bulk mutation's rows."""

    of_each_row = True

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        return source.results if isinstance(source, BulkOutcome) else []


class Count(EngineField):
    """How many rows of a bulk mutation were written."""

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        return source.count if isinstance(source, BulkOutcome) else 0


class Errors(EngineField):
    """The errors of an outcome. One that has several shows few, whatever it selects of them."""

    sizing = Sizing(default=1, is_planned=False, is_inherited=True)

    def resolve(self, source: Outcome, info: Any, arguments: dict[str, Any]) -> Any:
        return [Told(error) for error in source.errors]


def record(model: type[Base], description: str) -> Any:
    """A field of a payload: the record of ``model`` that the mutation changed."""
    return Record(model, description)


def deleted_id(description: str) -> Any:
    """A field of a payload: the id of the record that the mutation deleted."""
    return DeletedId(type_annotation=StrawberryAnnotation(ID | None), description=description)


def secret(annotation: Any, description: str) -> Any:
    """A field of a payload: a value that is shown once and stored nowhere."""
    return Secret(type_annotation=StrawberryAnnotation(annotation), description=description)


@strawberry.type
class Payload:
    """What every payload has. Instances are Outcomes."""

    errors = Errors(
        type_annotation=StrawberryAnnotation(list[UserError]),
        description="Why nothing was done; empty when it was. A `ContinuationError` stands beside what is saved.",
    )


@strawberry.type
class BulkPayload:
    """What every payload of a bulk mutation has, beside its ``results``. Instances are BulkOutcomes."""

    count = Count(type_annotation=StrawberryAnnotation(int), description="How many rows were written.")
    errors = Errors(
        type_annotation=StrawberryAnnotation(list[UserError]),
        description="All that was wrong. A path begins with an index in `inputs`; it is empty where no row is meant.",
    )


def results(kind: type[Payload], description: str) -> Any:
    """A field of a bulk mutation's payload: what became of each row, shown as the payload of a mutation of one."""
    return Results(type_annotation=StrawberryAnnotation(list[kind]), description=description)  # type: ignore[valid-type]
