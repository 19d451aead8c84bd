"""Model of the outbox: one row for each record that a transaction has changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, Sequence, and_, func, text
from sqlalchemy.orm import Mapped, foreign, mapped_column
from sqlalchemy.types import UserDefinedType

from graphql_app.identity.models import ApiKey, Organization, User
from graphql_app.models.access import APPEND, TableAccess
from graphql_app.models.base import Base, new_id
from graphql_app.models.columns import Choice, choice
from graphql_app.models.kinds import JSON, BigInt
from graphql_app.models.relationships import back, related

POSITIONS = Sequence("events_position", metadata=Base.metadata)


class TransactionId(UserDefinedType[int]):
    """Type of the ID of a transaction, which is never reused."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return the name, for a definition."""
        return "xid8"


class ChangeOperation(Choice):
    """Kind of a change of a record."""

    CREATED = "CREATED", "The record was created."
    UPDATED = "UPDATED", "The record was updated."
    DELETED = "DELETED", "The record was deleted."


class Event(Base):
    """Change of a record, written in the transaction of the change. It never changes, and expires.

    The table is partitioned by ``id``, a UUIDv7, and thereby by time.
    """

    __tablename__ = "events"
    __access__ = TableAccess(APPEND)
    __table_args__ = (
        Index(None, "organization_id", "subject_id", "id"),
        Index(None, "organization_id", "xid", "position"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True, comment="ID of the organization."
    )
    id: Mapped[UUID] = mapped_column(
        primary_key=True,
        default=new_id,
        comment="ID of the event, a UUIDv7: events sort by time. The same event is delivered with the same ID.",
    )
    position: Mapped[BigInt] = mapped_column(
        POSITIONS,
        server_default=POSITIONS.next_value(),
        comment="Number that increases with each change of the same record. Events of others may be in between.",
    )
    xid: Mapped[int] = mapped_column(
        TransactionId(),
        server_default=text("pg_current_xact_id()"),
        comment="ID of the transaction, by which readers find new events.",
    )
    type: Mapped[str] = mapped_column(comment="Type of the event, such as `task.created` or `order.paid`.")
    operation: Mapped[ChangeOperation] = mapped_column(
        choice(ChangeOperation, "operation"), comment="Kind of the change."
    )
    subject_type: Mapped[str] = mapped_column(comment="Name of the type of the record, such as `Task`.")
    subject_id: Mapped[UUID] = mapped_column(comment="ID of the record.")
    version: Mapped[int | None] = mapped_column(
        comment="Version of the record after the change; null if it has no version."
    )
    actor_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the user who made the change; null for a change by the server."
    )
    key_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the API key with which the change was requested; null without one."
    )
    mutation: Mapped[str | None] = mapped_column(
        comment="Name of the mutation that made the change; null for a change by the server."
    )
    changes: Mapped[JSON] = mapped_column(comment="Old and new values of the changed columns, by their names.")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of the change.")

    organization: Mapped[Organization] = related(
        backref=back("events", doc="Events of the organization."), doc="Organization of the event."
    )
    actor: Mapped[User | None] = related(
        primaryjoin=lambda: and_(
            User.organization_id == foreign(Event.organization_id), User.id == foreign(Event.actor_id)
        ),
        backref=back("caused_events", doc="Changes that the user made."),
        doc="User who made the change; null for a change by the server.",
    )
    key: Mapped[ApiKey | None] = related(
        primaryjoin=lambda: and_(
            ApiKey.organization_id == foreign(Event.organization_id), ApiKey.id == foreign(Event.key_id)
        ),
        backref=back("caused_events", doc="Changes that were requested with the key."),
        doc="API key with which the change was requested; null without one, or if the viewer may not see it.",
    )


def _refers(target: Any, column: Any) -> ColumnElement[bool]:  # a model, and a mapped column
    """Return the condition that a column has the id of a row of the same organization. There is no foreign key."""
    return and_(target.organization_id == foreign(Event.organization_id), target.id == foreign(column))
