"""Models of organizations, the users that log in to them, and the workers that do their work."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.base import Base, RootBase, TenantBase, Timestamped, Versioned
from graphql_app.database.columns import Choice, choice, length, page_index
from graphql_app.database.idempotency import KeyColumns
from graphql_app.database.relations import back, related, tenant_key
from schema.money import currency_code

EMAIL = r"'^[^@\s]+@[^@\s]+$'"


class UserRole(Choice):
    """Rights of a user in the organization."""

    OWNER = "OWNER", "May do everything, and manages the organization itself."
    MANAGER = "MANAGER", "Manages people, work and money."
    MEMBER = "MEMBER", "Does the work. Sees orders and the ledger, but no hourly rates, and no money on the dashboard."


MANAGERS = (UserRole.OWNER, UserRole.MANAGER)
"""Roles that manage people, work and money."""


class Organization(Versioned, RootBase):
    """A business and everything that belongs to it. Nothing is ever shared between two organizations."""

    __tablename__ = "organizations"
    __table_args__ = (length("name", 200), currency_code())

    name: Mapped[str] = mapped_column(comment="What it is called: 1 to 200 characters.")
    currency: Mapped[str] = mapped_column(comment="The currency of its hourly rates, by its ISO 4217 code.")

    users: Mapped[list["User"]] = related(back_populates="organization", doc="The users who can log in to it.")
    workers: Mapped[list["Worker"]] = related(back_populates="organization", doc="The workers who do its work.")


class User(Versioned, TenantBase):
    """Person who can log in to the organization. Users are deactivated rather than deleted."""

    __tablename__ = "users"
    __table_args__ = (
        length("name", 200),
        length("email", 254, least=3),
        CheckConstraint(f"email ~ {EMAIL}", name="email_format"),
        page_index("name"),
    )

    name: Mapped[str] = mapped_column(comment="What the user is called: 1 to 200 characters.")
    email: Mapped[str] = mapped_column(
        comment="The e-mail address, as the user writes it. Unique in the organization, whatever the letters' case."
    )
    role: Mapped[UserRole] = mapped_column(
        choice(UserRole, "role"), default=UserRole.MEMBER, comment="What the user may do."
    )
    deactivated_at: Mapped[datetime | None] = mapped_column(
        comment="When the user lost access; null for a user who can log in."
    )
    credentials_version: Mapped[int] = mapped_column(
        server_default=text("1"),
        comment="Counts up when the password changes or access ends; tokens of earlier versions are refused.",
    )

    organization: Mapped["Organization"] = related(
        back_populates="users", doc="The organization that the user belongs to."
    )
    worker: Mapped["Worker | None"] = related(
        back_populates="user", doc="The worker that this user is, if the user also does work."
    )


Index("uq_users_organization_id_email", User.organization_id, func.lower(User.email), unique=True)


class Worker(Versioned, TenantBase):
    """Person to whom tasks are assigned, with or without a log-in. Workers are deactivated rather than deleted."""

    __tablename__ = "workers"
    __table_args__ = (
        tenant_key("user_id", "users"),
        UniqueConstraint("organization_id", "user_id"),
        length("name", 200),
        CheckConstraint("hourly_rate >= 0", name="hourly_rate"),
        page_index("name"),
    )

    user_id: Mapped[UUID | None] = mapped_column(comment="The id of the user who this worker is, if they log in.")
    name: Mapped[str] = mapped_column(comment="What the worker is called: 1 to 200 characters.")
    hourly_rate: Mapped[Decimal] = mapped_column(
        comment="What an hour of the worker's time costs, in the organization's currency."
    )
    deactivated_at: Mapped[datetime | None] = mapped_column(
        comment="Since when the worker takes no more tasks; null for an active worker."
    )

    organization: Mapped["Organization"] = related(
        back_populates="workers", doc="The organization that the worker belongs to."
    )
    user: Mapped["User | None"] = related(
        back_populates="worker", doc="The user who this worker logs in as; null for a worker who does not log in."
    )


class Login(Timestamped, Base):
    """Address that logs in to one organization. Not part of the API, and the only table of the domain outside tenancy.

    A log-in has no organization before it is found, so the address is unique over all of them and row-level security
    admits only ``workline_system``. The application calls ``find_login(email)``, and ``keep_login`` and
    ``drop_login`` for users of its own organization. No relationship leads here.
    """

    __tablename__ = "logins"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "user_id"], ["users.organization_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("organization_id", "user_id"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        length("email", 254, least=3),
    )

    email: Mapped[str] = mapped_column(primary_key=True, comment="The address typed at log-in, in lower case.")
    organization_id: Mapped[UUID] = mapped_column(comment="The organization that the address logs in to.")
    user_id: Mapped[UUID] = mapped_column(comment="The user that the address logs in as. One address per user.")
    password_hash: Mapped[str] = mapped_column(comment="The password's Argon2 hash, with its parameters.")


class IdempotencyKey(KeyColumns, TenantBase):
    """Idempotency key of a user's call of a mutation, which runs once even if it is sent repeatedly. Not in the API."""

    __table_args__ = (*KeyColumns.constraints(), tenant_key("user_id", "users", ondelete="CASCADE"))

    organization: Mapped["Organization"] = related(
        backref=back("idempotency_keys", doc="The keys of its users' calls."), doc="The organization it belongs to."
    )
    user: Mapped["User"] = related(
        backref=back("idempotency_keys", doc="The keys of the user's calls."), doc="The user who sent it."
    )
