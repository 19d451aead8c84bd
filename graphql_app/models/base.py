"""The classes that models derive from: naming convention, key, tenant and bookkeeping columns.

Every tenant table has the primary key ``(organization_id, id)``, so that a composite foreign key cannot even point
into another organization and the table can be sharded by its first column.
"""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, Numeric, Text, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

TENANT = "organization_id"
"""The column that says which organization a row belongs to."""
new_id = uuid7
"""Makes an id: ordered by creation."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names are part of the contract: an error is recognised by the name of the constraint it broke."""


class Base(DeclarativeBase):
    """The root of a domain's models. Python types map to PostgreSQL types in one place."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(18, 2),
    }
    # what PostgreSQL computes (timestamps, versions) comes back with the statement: nothing is ever loaded lazily
    __mapper_args__: Any = {"eager_defaults": True}  # noqa: RUF012 (SQLAlchemy declares it so)

    def __init__(self, **values: Any) -> None:
        """Make a new row. Values of columns need no history, and are set without one."""
        if values.keys() <= _columns(type(self)):
            vars(self).update(values)
        else:
            _constructor(self, **values)


_constructor: Any = Base.registry.constructor


@cache
def _columns(model: type[Base]) -> frozenset[str]:
    """Return the attributes of a model's columns, unless some are validated when they are set."""
    mapper = model.__mapper__
    return frozenset() if mapper.validators else frozenset(each.key for each in mapper.column_attrs)


class Timestamped:
    """``created_at`` and ``updated_at``, both written by PostgreSQL."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90, comment="Time of creation.")
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=91, comment="Time of the last change."
    )


class Versioned:
    """An optimistic lock: the ORM adds ``version`` to the WHERE of every UPDATE and DELETE and counts it up."""

    version: Mapped[int] = mapped_column(
        server_default=text("1"),
        sort_order=92,
        comment="Version of the record, which increases with each change. Pass it as `expectedVersion` to change the "
        "record only at this version.",
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 (SQLAlchemy passes the class)
        return {"version_id_col": cls.__table__.c.version, "eager_defaults": True}  # type: ignore[attr-defined]


class RootBase(Timestamped, Base):
    """The organization itself: its own ``id`` is the tenant."""

    __abstract__ = True
    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=uuid7, sort_order=-1, comment="ID of the record, a UUIDv7: IDs sort by creation time."
    )


class SystemBase(Base):
    """A table of no organization that only ``workline_system`` sees: the application calls functions. Never a view."""

    __abstract__ = True


class TenantBase(Timestamped, Base):
    """A table whose rows each belong to one organization."""

    __abstract__ = True

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


def tenant_column(entity: Any) -> Any:
    """The column that holds the tenant: ``organization_id``, or the organization's own ``id``.

    ``entity`` is a model, an alias of one, or a link table's columns.
    """
    return entity.organization_id if hasattr(entity, "organization_id") else entity.id
