"""Models of the workers that do an organization's work, and of the currency of their rates."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.identity.models import Organization, User
from graphql_app.models.access import KEEP, TableAccess
from graphql_app.models.base import TenantBase, Versioned
from graphql_app.models.columns import length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import Condition, RuleViewer, changeable
from schema.money import currency_code
from schema.rights import is_manager

DEFAULT_CURRENCY = "EUR"
"""Currency of an organization that has not chosen one."""


class OrganizationSettings(TenantBase):
    """Settings of an organization in this domain, at most one row, with the ID of the organization."""

    __tablename__ = "organization_settings"
    __access__ = TableAccess(KEEP)
    __table_args__ = (CheckConstraint("id = organization_id", name="one_row"), currency_code())

    currency: Mapped[str] = mapped_column(comment="Currency of the hourly rates (ISO 4217 code).")

    organization: Mapped[Organization] = related(
        backref=back("settings", doc="Settings of the organization; null for the defaults.", uselist=False),
        doc="Organization with the settings.",
    )


class Worker(Versioned, TenantBase):
    """Person to whom tasks are assigned, with or without a login. Workers are deactivated rather than deleted."""

    __tablename__ = "workers"
    __access__ = TableAccess(KEEP)
    __table_args__ = (
        tenant_key("user_id", "users"),
        UniqueConstraint("organization_id", "user_id"),
        length("name", 200, one_line=True),
        CheckConstraint("hourly_rate >= 0", name="hourly_rate"),
        page_index("name"),
    )

    user_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the user linked to the worker; null for a worker who does not log in."
    )
    name: Mapped[str] = mapped_column(comment="Name of the worker, 1-200 characters.")
    hourly_rate: Mapped[Decimal] = mapped_column(comment="Cost of one hour of work, in the organization's currency.")
    deactivated_at: Mapped[datetime | None] = mapped_column(
        comment="Time of the deactivation; null for an active worker."
    )

    organization: Mapped[Organization] = related(
        backref=back("workers", doc="Workers of the organization, including deactivated workers."),
        doc="Organization of the worker.",
    )
    user: Mapped[User | None] = related(
        backref=back("worker", doc="Worker that is linked to the user; null if there is none.", uselist=False),
        doc="User linked to the worker; null for a worker who does not log in.",
    )


def _is_linked(viewer: RuleViewer) -> Condition:
    return is_manager(viewer) or Worker.user_id == viewer.user_id


changeable(Worker, _is_linked, "Requires role OWNER or MANAGER, except to change your own name.")
