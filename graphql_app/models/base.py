"""Base classes of models: naming convention, keys, tenant column, timestamps and version.

Every tenant table has the primary key ``(organization_id, id)``, so that a composite foreign key cannot refer to
another organization and the table can be sharded by its first column.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

from graphql_app.models.access import ACCESS, READ, SYSTEM_ONLY, TableAccess
from graphql_app.models.events import EVENTS, EventPolicy
from graphql_app.models.kinds import JSON, BigInt, LocalDateTime

__all__ = [
    "NAMING_CONVENTION",
    "Base",
    "ReferenceBase",
    "RootBase",
    "SystemBase",
    "TenantBase",
    "Timestamped",
    "Versioned",
    "ViewBase",
    "new_id",
]

TENANT = "organization_id"
"""Column with the id of the organization that a row belongs to."""
OUTBOX = "events"
"""Table of events."""
VIEW = "view"
"""Key in the information of a mapped table that is a database view."""
new_id = uuid7
"""Creates an id; ids sort by creation time."""
type Entity = Any
"""Model, alias of a model, or columns of a table. They have no common type; attributes are found by name."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints, which determine the errors of their violations: renaming one changes the API."""


class Base(DeclarativeBase):
    """Root of a domain's models, with the PostgreSQL types of Python's types."""

    __abstract__ = True
    __access__: ClassVar[TableAccess] = TableAccess()
    """Rights of the application role, which ``workline makemigrations`` grants: declare ``TableAccess(KEEP)``."""
    __events__: ClassVar[EventPolicy | None] = None
    """Events of the records; None: no events. Models with an organization have events by default."""
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {  # SQLAlchemy's annotation: keys are any types
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(18, 2),
        BigInt: BigInteger(),
        LocalDateTime: DateTime(timezone=False),
        JSON: JSONB(),
    }
    # values that PostgreSQL computes (timestamps, versions) are returned by the statement, never loaded lazily
    __mapper_args__: Any = {"eager_defaults": True}  # noqa: RUF012 (SQLAlchemy declares it so)

    def __init_subclass__(cls, **options: Any) -> None:
        """Pass the access on to the mapped table."""
        super().__init_subclass__(**options)
        if "__table__" in vars(cls):
            cast(Table, cls.__table__).info[ACCESS] = cls.__access__

    def __init__(self, **values: object) -> None:
        """Create a new row. Values of columns are set without a history, which new rows do not need."""
        if values.keys() <= _columns(type(self)):
            vars(self).update(values)
        else:
            _constructor(self, **values)


_constructor: Callable[..., None] = Base.registry.constructor


@cache
def _columns(model: type[Base]) -> frozenset[str]:
    """Return the attributes of a model's columns, unless some are validated when they are set."""
    return frozenset() if model.__mapper__.validators else frozenset(table_columns(model))


class Timestamped:
    """Mixin with ``created_at`` and ``updated_at``, both written by PostgreSQL."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90, comment="Time of creation.")
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=91, comment="Time of the last change."
    )


class Versioned:
    """Mixin with an optimistic lock: UPDATE and DELETE compare ``version``, and UPDATE increments it."""

    version: Mapped[int] = mapped_column(
        server_default=text("1"),
        sort_order=92,
        comment="Version of the record, which increases with each change. Pass it as `expectedVersion` to change the "
        "record only at this version.",
    )

    @declared_attr.directive
    def __mapper_args__(cls: type[Base]) -> dict[str, object]:  # noqa: N805 (SQLAlchemy passes the model)
        return {"version_id_col": cls.__table__.c.version, "eager_defaults": True}


class RootBase(Timestamped, Base):
    """Base of the table of organizations, whose own ``id`` is the tenant."""

    __abstract__ = True
    __access__ = TableAccess(tenant="id")
    __events__: ClassVar[EventPolicy | None] = EVENTS
    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=uuid7, sort_order=-1, comment="ID of the record, a UUIDv7: IDs sort by creation time."
    )


class SystemBase(Base):
    """Base of tables without an organization that only the role ``workline_system`` may read.

    The application calls functions instead. Such a table has no GraphQL type.
    """

    __abstract__ = True
    __access__ = SYSTEM_ONLY


class TenantBase(Timestamped, Base):
    """Base of tables whose rows belong to one organization each."""

    __abstract__ = True
    __events__: ClassVar[EventPolicy | None] = EVENTS

    @declared_attr
    def organization_id(cls) -> Mapped[UUID]:  # noqa: N805
        return mapped_column(
            ForeignKey("organizations.id", ondelete="CASCADE"),
            primary_key=True,
            sort_order=-2,
            comment="ID of the organization.",
        )

    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=uuid7, sort_order=-1, comment="ID of the record, a UUIDv7: IDs sort by creation time."
    )


class ReferenceBase(Base):
    """Base of reference tables, such as countries, whose rows belong to no organization and are visible to all.

    The application cannot write them: migrations and the role ``workline_system`` do. Foreign keys of other tables
    refer to ``id`` alone. With Citus, they are reference tables.
    """

    __abstract__ = True
    __is_shared__: ClassVar[bool] = True
    __access__ = TableAccess(READ, tenant=None)
    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=uuid7, sort_order=-1, comment="ID of the record, a UUIDv7: IDs sort by creation time."
    )


class ViewBase(Base):
    """Base of models that map a database view with the columns ``organization_id`` and ``id``. They are read-only.

    The view is created with ``security_invoker``, so that row-level security applies to the tables that it reads.
    https://www.postgresql.org/docs/current/sql-createview.html
    """

    __abstract__ = True
    organization_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2, comment="ID of the organization.")
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1, comment="ID of the record.")

    def __init_subclass__(cls, **options: Any) -> None:
        """Mark the mapped table, which is not to be migrated."""
        super().__init_subclass__(**options)
        if "__table__" in vars(cls):
            cast(Table, cls.__table__).info[VIEW] = True


def policy_of(model: type[Base]) -> EventPolicy | None:
    """Return the declaration of a model's events; None if it has none, or its tables include no outbox."""
    has_outbox = OUTBOX in model.metadata.tables and hasattr(model, "id")
    return model.__events__ if has_outbox else None


@cache
def table_columns(model: type[Base]) -> Mapping[str, Column[Any]]:  # of any types
    """Return the columns of a model's table by the names of the mapped attributes, which may differ."""
    return {
        each.key: column
        for each in model.__mapper__.column_attrs
        if isinstance(column := each.columns[0], Column) and column.table is model.__table__
    }


def tenant_column(entity: Entity) -> ColumnElement[UUID] | None:
    """Return the column with the tenant: ``organization_id``, or the organization's own ``id``.

    None for a reference table.
    """
    if getattr(entity, "__is_shared__", False):
        return None
    column: ColumnElement[UUID] = entity.organization_id if hasattr(entity, "organization_id") else entity.id
    return column
