"""Expressions of computed values are checked before a server starts."""

from typing import Any
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import ColumnElement, Integer, MetaData, and_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, aliased, mapped_column, registry

from graphql_app.database.row_codec import is_plain
from graphql_app.models.base import NAMING_CONVENTION, Base, ReferenceBase, TenantBase
from graphql_app.models.values import sql_computed, value_of
from graphql_app.types.lists import connection
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node
from graphql_app.types.schema import build_schema
from graphql_app.types.schema_checks import SchemaMismatch

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class Own(TenantBase):
    """For the models of this file."""

    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Shared(ReferenceBase):
    """For the tables without an organization."""

    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Country(Shared):
    """Without an organization."""

    __tablename__ = "countries"
    code: Mapped[str] = mapped_column(comment="Code.")


class Note(Own):
    """A note of a box."""

    __tablename__ = "notes"
    box_id: Mapped[UUID] = mapped_column(comment="Box.")
    stars: Mapped[int] = mapped_column(comment="Stars.")


def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Return the number of notes that satisfy the conditions."""
    return select(func.count()).select_from(Note).where(*conditions).scalar_subquery()


class Box(Own):
    """Expressions that a server accepts or refuses."""

    __tablename__ = "boxes"
    width: Mapped[int] = mapped_column(comment="Width.")
    note: Mapped[str | None] = mapped_column(comment="Note.")

    @hybrid_property
    def shouted(self) -> str:
        """Return the note in capitals."""
        assert self.note is not None
        return self.note.upper()

    @sql_computed
    @classmethod
    def doubled(cls) -> ColumnElement[int]:
        """Right."""
        return cls.width * 2

    @sql_computed
    @classmethod
    def notes(cls) -> ColumnElement[int]:
        """Right."""
        return func.coalesce(count(Note.box_id == cls.id, Note.organization_id == cls.organization_id), 0)

    @sql_computed
    @classmethod
    def starred(cls) -> ColumnElement[bool]:
        """Right, because the organization comes from a row that is tied to this one."""
        near, far = aliased(Note), aliased(Note)
        joined = select(near.id).join(far, and_(far.organization_id == near.organization_id, far.id == near.box_id))
        return joined.where(near.organization_id == cls.organization_id, near.box_id == cls.id).exists()

    @sql_computed
    @classmethod
    def countries(cls) -> ColumnElement[int]:
        """Right, because all organizations read the countries."""
        return func.coalesce(select(func.count(Country.id)).scalar_subquery(), 0)

    @sql_computed
    @classmethod
    def all_notes(cls) -> ColumnElement[int]:
        """Wrong: notes of all organizations."""
        return func.coalesce(count(Note.box_id == cls.id), 0)

    @sql_computed
    @classmethod
    def either(cls) -> ColumnElement[int]:
        """Wrong: the organization is only one of two conditions."""
        return func.coalesce(count(or_(Note.organization_id == cls.organization_id, Note.stars > 1)), 0)

    @sql_computed
    @classmethod
    def hidden(cls) -> ColumnElement[int]:
        """Wrong: a subquery of a subquery."""
        inner = select(Note.id).where(Note.stars > 1)
        far = aliased(Note)
        own = select(func.count(far.id)).where(far.organization_id == cls.organization_id, far.id.in_(inner))
        return func.coalesce(own.scalar_subquery(), 0)

    @sql_computed
    @classmethod
    def itself(cls) -> ColumnElement[int]:
        """Wrong: no other table."""
        return func.coalesce(select(func.max(cls.width)).scalar_subquery(), 0)

    @sql_computed
    @classmethod
    def outside(cls) -> ColumnElement[int]:
        """Wrong: a table that no subquery reads."""
        return cls.width + Note.stars

    @sql_computed
    @classmethod
    def raw(cls) -> ColumnElement[int]:
        """Wrong: text."""
        return cast(text("width"), Integer)

    @sql_computed
    @classmethod
    def untyped(cls) -> ColumnElement[Any]:
        """Wrong: no type."""
        return func.mystery(cls.width)

    @sql_computed
    @classmethod
    def opaque(cls) -> ColumnElement[Any]:
        """Wrong: a type without a kind."""
        return cast(cls.note, TSVECTOR)

    @sql_computed
    @classmethod
    def missing(cls) -> ColumnElement[str | None]:
        """Wrong: null."""
        return cls.note + "!"

    @sql_computed
    @classmethod
    def other(cls) -> ColumnElement[int]:
        """Wrong: a number as a text."""
        return cls.width + 1


ANNOTATIONS: dict[str, Any] = {
    "doubled": int,
    "notes": int,
    "starred": bool,
    "countries": int,
    "all_notes": int,
    "either": int,
    "hidden": int,
    "itself": int,
    "outside": int,
    "raw": int,
    "untyped": str | None,
    "opaque": str | None,
    "missing": str,
    "other": str,
}
PROBLEMS = """\
Box.all_notes: its subquery reads notes of all organizations; add .where(notes.organization_id == Box.organization_id)
Box.either: its subquery reads notes of all organizations; add .where(notes.organization_id == Box.organization_id)
Box.hidden: its subquery reads notes of all organizations; add .where(notes.organization_id == Box.organization_id)
Box.itself: its subquery reads no other table; use aliased(Box) for other rows of the same table
Box.outside: it reads notes.stars outside a subquery; read other tables in select(...).scalar_subquery()
Box.raw: the expression is nullable and the field is not nullable; give it a value for null by func.coalesce
Box.raw: text() cannot be checked; write the expression with the columns of the model
Box.untyped: its SQL type is unknown; wrap the expression in cast(..., Integer) or another type
Box.opaque: there is no scalar for TSVECTOR(); declare a kind for this type
Box.missing: the expression is nullable and the field is not nullable; give it a value for null by func.coalesce
Box.other: the expression holds int, the field has type str"""


def test_expressions_that_cannot_be_served_are_refused_in_words() -> None:
    model_type(Box)(type("Box", (Node,), {"__annotations__": ANNOTATIONS}))

    @strawberry.type
    class Query:
        boxes = connection(Box, "The boxes.")

    with pytest.raises(SchemaMismatch) as refused:
        build_schema(nodes=(Box,), queries=[Query])
    lines = [line.strip() for line in str(refused.value).splitlines() if line.strip().startswith("Box.")]
    assert lines == PROBLEMS.splitlines()


def test_a_row_is_loaded_without_its_computed_values() -> None:
    box = Box(width=1)
    with pytest.raises(AttributeError, match=r"Box\.doubled is computed by PostgreSQL"):
        _ = box.doubled
    assert is_plain(Box)
    assert value_of(Box, "tricks") is None


def test_a_hybrid_property_that_only_python_can_compute_is_no_value() -> None:
    assert Box(width=1, note="a").shouted == "A"
    assert value_of(Box, "shouted") is None
