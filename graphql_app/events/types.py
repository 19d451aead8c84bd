"""GraphQL types of events, and the history of each record."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

import strawberry
from sqlalchemy import and_
from sqlalchemy.orm import foreign
from strawberry import ID
from strawberry.types.field import StrawberryField

from graphql_app.authorization import Requirement, requirement_of
from graphql_app.context import Context, Info
from graphql_app.events import models as m
from graphql_app.models.base import Base, policy_of, table_columns
from graphql_app.models.kinds import JSON
from graphql_app.models.relationships import related
from graphql_app.sql.edges import Edge
from graphql_app.sql.orders import OrderKey
from graphql_app.strawberry_adapter import fields_of
from graphql_app.types.columns import IdField
from graphql_app.types.declarations import computed, field
from graphql_app.types.fields import EngineField
from graphql_app.types.filter_inputs import api_name
from graphql_app.types.lists import ToManyField
from graphql_app.types.model_type import extends, model_type, with_extensions
from graphql_app.types.registry import UnknownModelType, type_of_model
from graphql_app.types.relations import ToOneField, to_one

NEWEST_FIRST = (OrderKey("id", descending=True),)
HISTORY = "history"


@strawberry.type(description="Old and new value of a field in a change.")
class FieldChange:
    name: str = field("Name of the field; for a relation, the values are IDs.")
    old: JSON | None = field("Value before the change; null if there was none.")
    new: JSON | None = field("Value after the change; null if there is none.")


@model_type(m.Event, name="Event")
class EventType:
    id: ID = cast(Any, IdField(description="ID of the event, a UUIDv7. The same event always has the same ID."))
    type: str
    operation: m.ChangeOperation
    subject_type: str
    subject_id: ID
    version: int | None
    mutation: str | None
    created_at: datetime

    actor = to_one(m.Event.actor)
    key = to_one(m.Event.key)

    @computed("subject_type", "changes")
    def changes(self, info: Info) -> list[FieldChange]:
        """Fields that were changed, without those that the viewer may not see."""
        return list(visible_changes(info.context, self.subject_type, cast(Any, self).changes))


def visible_changes(context: Context, subject_type: str, changes: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Yield the changes of fields that the viewer may see. Other columns are omitted."""
    shown = shown_fields(subject_type)
    for name, (old, new) in changes.items():
        names = shown.get(name, ())
        for label, requirement in names:
            if requirement is None or context.admits(requirement):
                yield FieldChange(name=label, old=old, new=new)
                break


@cache
def shown_fields(subject_type: str) -> Mapping[str, tuple[tuple[str, Requirement | None], ...]]:
    """Return the fields that show each column of a type, with their requirements. Empty for an unknown type."""
    models: dict[str, type[Base]] = {each.class_.__name__: each.class_ for each in Base.registry.mappers}
    found: dict[str, tuple[tuple[str, Requirement | None], ...]] = {}
    try:
        model = models[subject_type]
        declared = with_extensions(type_of_model(model))
    except (LookupError, UnknownModelType):
        return found
    for each in fields_of(declared):
        if isinstance(each, EngineField):
            for column in _columns(each):
                found[column] = (*found.get(column, ()), (api_name(each), requirement_of(each)))
    links = {f"{name.removesuffix('s')}_ids": label for name, label in _lists(fields_of(declared))}
    return found | {name: ((label, None),) for name, label in links.items()}


def _columns(each: EngineField) -> Iterable[str]:
    """Return the columns whose values a field shows."""
    if isinstance(each, ToOneField):
        return (each.edge.parent_key,)
    return () if isinstance(each, ToManyField) else each.columns or ()


def _lists(fields: Iterable[StrawberryField]) -> Iterator[tuple[str, str]]:
    """Yield the Python and API names of lists over link tables, whose changes are noted as ``label_ids``."""
    for each in fields:
        if isinstance(each, ToManyField) and each.edge.link is not None:
            yield each.python_name, api_name(each)


class HistoryField(ToManyField):
    """History of a record: its events, the newest first. Not in filters and orders of the record."""

    order = NEWEST_FIRST

    def filter_fields(self, model: type[Base], taken: set[str]) -> Iterator[StrawberryField]:
        return iter(())

    def edge_filters(self, edge: Edge, model: type[Base], taken: set[str]) -> Iterator[StrawberryField]:
        return iter(())

    def order_fields(self) -> Iterable[StrawberryField]:
        return ()


def _declare_history(model: type[Base]) -> None:
    """Add the history to the type of a model."""
    entity: Any = model
    rows = foreign(m.Event.subject_id) == entity.id
    if "organization_id" in table_columns(model):
        rows = and_(foreign(m.Event.organization_id) == entity.organization_id, rows)
    about = "Changes of the record, the newest first. Contains only fields that the viewer may see."
    model.__mapper__.add_property(HISTORY, related(m.Event.__name__, primaryjoin=rows, doc=about))

    @extends(model)
    class History:
        history = HistoryField(getattr(model, HISTORY))


def declare_histories() -> None:
    """Add the history to the types of all models with events, once. All models must be loaded."""
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__name__):
        model: type[Base] = mapper.class_
        if policy_of(model) is not None and HISTORY not in model.__mapper__.relationships:
            _declare_history(model)
