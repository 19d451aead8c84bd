"""Models of hashes of API keys, and of links to external issuers, which only ``workline_system`` reads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.models.base import SystemBase


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
