"""Models of organizations, the users that log in to them, their logins and their idempotency keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.idempotency import KeyColumns
from graphql_app.models.base import Base, RootBase, SystemBase, TenantBase, Timestamped, Versioned
from graphql_app.models.columns import Choice, choice, length, page_index
from graphql_app.models.relationships import back, related, tenant_key

EMAIL = r"'^[^@\s]+@[^@\s]+$'"


class UserRole(Choice):
    """Rights of a user in the organization."""

    OWNER = "OWNER", "Full access, including the settings of the organization."
    MANAGER = "MANAGER", "Manages people, work and money."
    MEMBER = (
        "MEMBER",
        ("Works on tasks. Reads orders and the ledger, but neither hourly rates nor the money on the dashboard."),
    )


MANAGERS = (UserRole.OWNER, UserRole.MANAGER)
"""Roles that manage people, work and money."""


class Organization(Versioned, RootBase):
    """Business with its own users, workers and records. Organizations share no records."""

    __tablename__ = "organizations"
    __table_args__ = (
        length("name", 200, one_line=True),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    )

    name: Mapped[str] = mapped_column(comment="Name of the organization, 1-200 characters.")
    currency: Mapped[str] = mapped_column(comment="Currency of the hourly rates (ISO 4217 code).")

    users: Mapped[list["User"]] = related(
        back_populates="organization", doc="Users of the organization, deactivated ones included."
    )


class User(Versioned, TenantBase):
    """Person who can log in to the organization. Users are deactivated rather than deleted."""

    __tablename__ = "users"
    __table_args__ = (
        length("name", 200, one_line=True),
        length("email", 254, least=3),
        CheckConstraint(f"email ~ {EMAIL}", name="email_format"),
        page_index("name"),
    )

    name: Mapped[str] = mapped_column(comment="Name of the user, 1-200 characters.")
    email: Mapped[str] = mapped_column(
        comment="Email address, in the user's own spelling. Unique in the organization, case-insensitive."
    )
    role: Mapped[UserRole] = mapped_column(
        choice(UserRole, "role"),
        default=UserRole.MEMBER,
        comment="Role of the user, which determines the user's rights.",
    )
    deactivated_at: Mapped[datetime | None] = mapped_column(
        comment="Time of the deactivation; null for an active user."
    )
    credentials_version: Mapped[int] = mapped_column(
        server_default=text("1"),
        comment="Increases when the password changes or access ends; tokens of earlier versions are invalid.",
    )

    organization: Mapped["Organization"] = related(back_populates="users", doc="Organization of the user.")


Index("uq_users_organization_id_email", User.organization_id, func.lower(User.email), unique=True)


class Login(Timestamped, Base):
    """Address that logs in to one organization. Not part of the API, and outside tenancy.

    A login has no organization before it is found, so the address is unique over all of them and row-level security
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

    email: Mapped[str] = mapped_column(primary_key=True, comment="Email address for login, in lower case.")
    organization_id: Mapped[UUID] = mapped_column(comment="ID of the organization that the address logs in to.")
    user_id: Mapped[UUID] = mapped_column(comment="ID of the user that the address logs in as. One address per user.")
    password_hash: Mapped[str] = mapped_column(comment="Argon2 hash of the password, with its parameters.")


class LoginFailures(SystemBase):
    """Failed logins of an account, of a client address, or of an account at an address. Not part of the API.

    Outside tenancy, because an attempt has no organization. Only ``workline_system`` may read rows. The application
    calls ``count_login_attempt`` and ``discount_login_attempt``. Each counted attempt deletes up to ten expired rows.
    """

    __tablename__ = "login_failures"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[bytes] = mapped_column(primary_key=True, comment="Keyed hash of an account, a client address, or both.")
    cleared_at: Mapped[datetime] = mapped_column(comment="Time at which the last counted failure expires.")
    known_until: Mapped[datetime | None] = mapped_column(
        comment="Time until which the address is known to the account; null if it has never logged in."
    )
    expires_at: Mapped[datetime] = mapped_column(comment="Time after which the row may be deleted.")


class IdempotencyKey(KeyColumns, TenantBase):
    """Idempotency key of a user's call of a mutation, which runs once even if it is sent repeatedly. Not in the API."""

    __table_args__ = (*KeyColumns.constraints(), tenant_key("user_id", "users", ondelete="CASCADE"))

    organization: Mapped[Organization] = related(
        backref=back("idempotency_keys", doc="Idempotency keys of the organization's users."),
        doc="Organization of the record.",
    )
    user: Mapped[User] = related(
        backref=back("idempotency_keys", doc="Idempotency keys of the user."), doc="User who sent the key."
    )
