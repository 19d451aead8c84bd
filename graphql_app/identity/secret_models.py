"""Models of identities that log in, and of their sessions, tokens, codes and keys. None is a model of the API."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.migrations.access import APP, CURRENT
from graphql_app.models.access import TableAccess
from graphql_app.models.base import SystemBase, Timestamped, new_id
from graphql_app.models.columns import length


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
    totp_secret: Mapped[str | None] = mapped_column(comment="Base32 secret of the authenticator app; null without one.")
    totp_enabled_at: Mapped[datetime | None] = mapped_column(
        comment="Time from which logins require a code; null if they do not."
    )
    totp_step: Mapped[int | None] = mapped_column(
        BigInteger, comment="Number of the 30-second step of the last code that was accepted."
    )


class RecoveryCode(SystemBase):
    """Hash of a code that replaces one of an authenticator app, once. Not part of the API."""

    __tablename__ = "recovery_codes"

    identity_id: Mapped[UUID] = mapped_column(
        ForeignKey("identities.id", ondelete="CASCADE"),
        primary_key=True,
        comment="ID of the identity that may use the code.",
    )
    hash: Mapped[bytes] = mapped_column(primary_key=True, comment="SHA-256 hash of the code.")


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


class ApiKeyHash(SystemBase):
    """Hash of an API key. The application stores and looks up hashes by functions, and reads none of them."""

    __tablename__ = "api_key_hashes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "key_id"], ["api_keys.organization_id", "api_keys.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("organization_id", "key_id"),
    )

    hash: Mapped[bytes] = mapped_column(primary_key=True, comment="SHA-256 hash of the key.")
    organization_id: Mapped[UUID] = mapped_column(comment="ID of the organization of the key.")
    key_id: Mapped[UUID] = mapped_column(comment="ID of the key.")


class ExternalLogin(SystemBase):
    """Link of a person at an external issuer to an identity. The application uses it by ``enter_by_issuer``."""

    __tablename__ = "external_logins"
    __table_args__ = (Index(None, "identity_id"),)

    issuer: Mapped[str] = mapped_column(primary_key=True, comment="Issuer of the tokens.")
    subject: Mapped[str] = mapped_column(primary_key=True, comment="Name of the person at the issuer.")
    identity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("identities.id", ondelete="SET NULL"),
        comment="ID of the identity of the person; null if it was deleted with its last user.",
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="Time of the first token.")
