"""Models of organizations, their users, the identities, sessions and API keys that log in, and idempotency keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.idempotency import KeyColumns
from graphql_app.identity.secret_models import ApiKeyHash, ExternalLogin
from graphql_app.migrations.access import APP, CURRENT
from graphql_app.models.access import KEEP, TableAccess
from graphql_app.models.base import RootBase, SystemBase, TenantBase, Timestamped, Versioned, new_id
from graphql_app.models.columns import Choice, choice, length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import Condition, RuleViewer, visible

__all__ = ["MANAGERS", "ApiKey", "ApiKeyHash", "ExternalLogin", "Identity", "Organization", "User", "UserRole"]

EMAIL = r"'^[^@\s]+@[^@\s]+$'"


class UserRole(Choice):
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
    __table_args__ = (
        length("name", 200, one_line=True),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    )

    name: Mapped[str] = mapped_column(comment="Name of the organization, 1-200 characters.")
    currency: Mapped[str] = mapped_column(comment="Currency of the hourly rates (ISO 4217 code).")

    users: Mapped[list["User"]] = related(
        back_populates="organization", doc="Users of the organization, including deactivated users."
    )


class Identity(Timestamped, SystemBase):
    """Address and password that log in, to all organizations in which the identity has a user. Not part of the API.

    Only ``workline_system`` may read rows. A password is compared in the database: the application calls
    ``password_parameters(email)`` and ``open_session(email, hash, ...)``, and never receives a hash.
    """

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        length("email", 254, least=3),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, comment="ID of the record.")
    email: Mapped[str] = mapped_column(comment="Email address for login, in lower case.")
    password_hash: Mapped[str | None] = mapped_column(
        comment="Argon2 hash of the password, with its parameters; null until one is set."
    )
    verified_at: Mapped[datetime | None] = mapped_column(
        comment="Time at which the address was verified; null before, when the identity cannot log in."
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
        choice(UserRole, "role", is_checked=False),
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


class AuthSession(SystemBase):
    """Session of an identity that has logged in, with one current organization. Not the model of a GraphQL type.

    Its client holds short access tokens and one refresh token at a time. The application reads whether a session of
    its organization is open, and calls functions for everything else.
    """

    __tablename__ = "auth_sessions"
    __access__ = TableAccess("", None, {"tenant": f"FOR SELECT TO {APP} USING (organization_id = {CURRENT})"})
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "user_id"], ["users.organization_id", "users.id"], ondelete="CASCADE"),
        Index(None, "organization_id", "user_id"),
        Index(None, "identity_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="ID of the session, in each of its access tokens.")
    identity_id: Mapped[UUID] = mapped_column(
        ForeignKey("identities.id", ondelete="CASCADE"), comment="ID of the identity that logged in."
    )
    organization_id: Mapped[UUID] = mapped_column(comment="ID of the current organization.")
    user_id: Mapped[UUID] = mapped_column(comment="ID of the identity's user in the current organization.")
    client: Mapped[str] = mapped_column(comment="User-Agent of the client that logged in, up to 200 characters.")
    address: Mapped[str] = mapped_column(comment="IP address of the last login or refresh.")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of the login.")
    used_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of the last login or refresh.")
    expires_at: Mapped[datetime] = mapped_column(comment="Time after which the session can no longer be refreshed.")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="Time at which the session was ended; null before.")


class RefreshToken(SystemBase):
    """Hash of a refresh token. Exchanged tokens stay for a day, to detect that one is used again."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index(None, "session_id"),)

    hash: Mapped[bytes] = mapped_column(primary_key=True, comment="SHA-256 hash of the token.")
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth_sessions.id", ondelete="CASCADE"), comment="ID of the session that the token refreshes."
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of issue.")
    rotated_at: Mapped[datetime | None] = mapped_column(
        comment="Time at which the token was first exchanged for another; null before."
    )


class IdentityToken(SystemBase):
    """Hash of a token that was sent to the address of an identity, and allows one change. Not part of the API."""

    __tablename__ = "identity_tokens"
    __table_args__ = (
        CheckConstraint("purpose IN ('RESET', 'VERIFICATION')", name="purpose"),
        Index(None, "identity_id"),
        Index(None, "expires_at"),
    )

    hash: Mapped[bytes] = mapped_column(primary_key=True, comment="SHA-256 hash of the token.")
    purpose: Mapped[str] = mapped_column(comment="Change that the token allows.")
    identity_id: Mapped[UUID] = mapped_column(
        ForeignKey("identities.id", ondelete="CASCADE"),
        comment="ID of the identity to whose address the token was sent.",
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of issue.")
    expires_at: Mapped[datetime] = mapped_column(comment="Time after which the token is invalid.")


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
