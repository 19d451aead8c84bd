"""Models of organizations, their users, invitations, API keys and idempotency keys. Others: ``secret_models.py``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.idempotency import KeyColumns
from graphql_app.identity.secret_models import Identity
from graphql_app.models.access import CHANGE, KEEP, TableAccess
from graphql_app.models.base import RootBase, TenantBase, Versioned
from graphql_app.models.columns import OpenChoice, OpenChoiceType, length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import Condition, RuleViewer, visible

__all__ = ["MANAGERS", "ApiKey", "Identity", "Organization", "User", "UserRole"]

EMAIL = r"'^[^@\s]+@[^@\s]+$'"


class UserRole(OpenChoice):
    """Rights of a user in the organization."""

    OWNER = "OWNER", "Full access, including the settings of the organization."
    MANAGER = "MANAGER", "Manages people, work and money."
    MEMBER = (
        "MEMBER",
        "Works on tasks. Sees neither hourly rates nor accounts, transfers, orders and payments.",
    )


MANAGERS = (UserRole.OWNER, UserRole.MANAGER)
"""Roles that manage people, work and money."""


class Organization(Versioned, RootBase):
    """Business with its own users, workers and records. Organizations share no records."""

    __tablename__ = "organizations"
    __access__ = TableAccess("SELECT, UPDATE", tenant="id")
    __table_args__ = (length("name", 200, one_line=True),)

    name: Mapped[str] = mapped_column(comment="Name of the organization, 1-200 characters.")

    users: Mapped[list["User"]] = related(
        back_populates="organization", doc="Users of the organization, including deactivated users."
    )


class User(Versioned, TenantBase):
    """Member of the organization. Users are deactivated rather than deleted."""

    __tablename__ = "users"
    __access__ = TableAccess(KEEP)
    __table_args__ = (
        length("name", 200, one_line=True),
        length("email", 254, least=3),
        CheckConstraint(f"email ~ {EMAIL}", name="email_format"),
        # keys act for a service account; an organization is owned by users that log in
        CheckConstraint("NOT is_service_account OR identity_id IS NULL AND role <> 'OWNER'", name="service_account"),
        UniqueConstraint("organization_id", "identity_id"),
        Index(None, "identity_id"),
        page_index("name"),
    )

    name: Mapped[str] = mapped_column(comment="Name of the user, 1-200 characters.")
    email: Mapped[str] = mapped_column(
        comment="Email address, in the user's own spelling. Unique in the organization, case-insensitive."
    )
    role: Mapped[UserRole] = mapped_column(
        OpenChoiceType(UserRole),
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

    identity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("identities.id", ondelete="SET NULL"),
        comment="ID of the identity that logs in as this user; null for users without a login. Unique in the "
        "organization.",
    )
    is_service_account: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="True for a service account, which acts by API keys and cannot log in.",
    )

    organization: Mapped["Organization"] = related(back_populates="users", doc="Organization of the user.")


Index("uq_users_organization_id_email", User.organization_id, func.lower(User.email), unique=True)


class Invitation(Versioned, TenantBase):
    """Invitation of an email address to become a user of the organization. It is deleted when it is accepted."""

    __tablename__ = "invitations"
    __access__ = TableAccess(CHANGE)
    __table_args__ = (
        length("name", 200, one_line=True),
        length("email", 254, least=3),
        CheckConstraint(f"email ~ {EMAIL}", name="email_format"),
        tenant_key("invited_by_id", "users", ondelete="CASCADE"),
        page_index("invited_by_id"),
        Index(None, "token_hash"),
    )

    name: Mapped[str] = mapped_column(comment="Name of the user to be, 1-200 characters.")
    email: Mapped[str] = mapped_column(comment="Email address to which the invitation was sent.")
    role: Mapped[UserRole] = mapped_column(
        OpenChoiceType(UserRole), default=UserRole.MEMBER, comment="Role of the user to be."
    )
    expires_at: Mapped[datetime] = mapped_column(
        comment="Time after which the invitation can no longer be accepted, unless it is sent again."
    )
    token_hash: Mapped[bytes] = mapped_column(comment="SHA-256 hash of the token in the last message.")
    invited_by_id: Mapped[UUID] = mapped_column(comment="ID of the owner who sent the invitation.")

    organization: Mapped["Organization"] = related(
        backref=back("invitations", doc="Open invitations of the organization."), doc="Organization of the record."
    )
    invited_by: Mapped["User"] = related(
        backref=back("sent_invitations", doc="Open invitations that the user has sent."),
        doc="Owner who sent the invitation.",
    )


Index("uq_invitations_organization_id_email", Invitation.organization_id, func.lower(Invitation.email), unique=True)
visible(Invitation, lambda viewer: viewer.role == UserRole.OWNER)


class ApiKey(Versioned, TenantBase):
    """API key, with which requests act as a user, limited to its scopes. The key itself is shown only once."""

    __tablename__ = "api_keys"
    __access__ = TableAccess(KEEP)
    __table_args__ = (
        tenant_key("user_id", "users", ondelete="CASCADE"),
        tenant_key("created_by_id", "users", ondelete="CASCADE"),
        length("name", 200, one_line=True),
        page_index("user_id"),
        page_index("created_by_id"),
    )

    user_id: Mapped[UUID] = mapped_column(
        comment="ID of the user that the key acts as: a service account, or the creator of the key."
    )
    created_by_id: Mapped[UUID] = mapped_column(comment="ID of the user who created the key.")
    name: Mapped[str] = mapped_column(comment="Name of the key, 1-200 characters.")
    prefix: Mapped[str] = mapped_column(
        comment="First characters of the key, by which it is recognized. They are not secret."
    )
    scopes: Mapped[str] = mapped_column(comment="Scopes of the key, separated by spaces. They never change.")
    expires_at: Mapped[datetime | None] = mapped_column(
        comment="Time after which the key is invalid; null if it does not expire."
    )
    last_used_at: Mapped[datetime | None] = mapped_column(
        comment="Time of the last use, accurate to about a minute; null if the key was never used."
    )
    revoked_at: Mapped[datetime | None] = mapped_column(comment="Time of the revocation; null before.")

    organization: Mapped[Organization] = related(
        backref=back("api_keys", doc="API keys of the organization."), doc="Organization of the key."
    )
    user: Mapped[User] = related(
        backref=back("api_keys", doc="API keys that act as the user."),
        foreign_keys="[ApiKey.organization_id, ApiKey.user_id]",
        doc="User that the key acts as.",
    )
    created_by: Mapped[User] = related(
        backref=back("created_api_keys", doc="API keys that the user created."),
        foreign_keys="[ApiKey.organization_id, ApiKey.created_by_id]",
        doc="User who created the key.",
    )


def _is_own_key(viewer: RuleViewer) -> Condition:
    return viewer.role == UserRole.OWNER or ApiKey.user_id == viewer.user_id


visible(ApiKey, _is_own_key)


class IdempotencyKey(KeyColumns, TenantBase):
    """Idempotency key of a user's call of a mutation, which runs once even if it is sent repeatedly. Not in the API."""

    __events__ = None
    __table_args__ = (*KeyColumns.constraints(), tenant_key("user_id", "users", ondelete="CASCADE"))

    organization: Mapped[Organization] = related(
        backref=back("idempotency_keys", doc="Idempotency keys of the organization's users."),
        doc="Organization of the record.",
    )
    user: Mapped[User] = related(
        backref=back("idempotency_keys", doc="Idempotency keys of the user."), doc="User who sent the key."
    )
