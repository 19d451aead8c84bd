"""Fields of the settings of identities: tokens, passwords, limits on failed logins, and mail."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from graphql_app.settings.application import ApplicationSettings
from graphql_app.settings.issuers import IssuerSettings, read_json

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class IdentitySettings(ApplicationSettings):
    """Settings of identities, sessions and mail. Times are in seconds."""

    token_ttl: Seconds = Field(900, description="Lifetime of an access token.")
    session_ttl: Seconds = Field(30 * 24 * 3600, description="Time after which an unused session ends.")
    refresh_grace: Seconds = Field(30, description="Time in which a refresh token may be exchanged again.")
    token_issuer: str = Field("workline", min_length=1, description="Issuer of tokens (`iss`), written and verified.")
    issuers: Annotated[list[IssuerSettings], NoDecode] = Field(
        [],
        description="External issuers whose tokens are accepted, as JSON: "
        '[{"issuer": "https://...", "audiences": ["..."], "claims": {...}}]. See docs/security.md.',
    )
    hash_threads: Count = Field(
        2, description="Maximum number of passwords hashed at once. Each hash takes one core and 64 MB."
    )

    password_length_min: int = Field(8, ge=8, le=64, description="Minimum number of characters of a new password.")
    breached_passwords: Path | None = Field(
        None,
        description="File of passwords that are rejected: one, or its SHA-1 hash as in the lists of Have I Been Pwned, "
        "in each line. Each takes 8 bytes of memory per process.",
    )
    password_reset_ttl: Seconds = Field(3600, description="Lifetime of a token that resets a password.")
    verification_ttl: Seconds = Field(3 * 24 * 3600, description="Lifetime of a token that verifies an address.")
    unverified_sign_up_ttl: Seconds = Field(
        7 * 24 * 3600,
        description="Age at which a sign-up whose address was never verified is removed.",
    )
    invitation_ttl: Seconds = Field(7 * 24 * 3600, description="Lifetime of an invitation.")

    login_failures_max: Count = Field(
        10, description="Maximum failed logins per account and client address, per WORKLINE_LOGIN_FAILURE_WINDOW."
    )
    login_failures_per_address_max: Count = Field(
        50, description="Maximum per client address, for all accounts. IPv6 addresses are counted by /64 network."
    )
    login_failures_per_account_max: Count = Field(
        50, description="Maximum per account, for all client addresses that are not known to it."
    )
    login_failure_window: Seconds = Field(
        900, description="Time in which a full count of failed logins drains to zero, at an even rate."
    )
    login_known_address_ttl: Seconds = Field(
        90 * 24 * 3600, description="Time for which a client address is known to an account after a login."
    )

    smtp_host: str | None = Field(
        None,
        description="Host of the SMTP server that sends mail. If unset, messages are written to files in the data "
        "directory, which `workline mail` shows.",
    )
    smtp_port: int = Field(587, ge=1, le=65_535, description="Port of the SMTP server.")
    smtp_username: str | None = Field(None, description="User name at the SMTP server, if it requires one.")
    smtp_password: SecretStr | None = Field(None, description="Password of WORKLINE_SMTP_USERNAME.")
    smtp_tls: Literal["starttls", "tls", "off"] = Field(
        "starttls",
        description="Encryption of SMTP: `starttls`, `tls` (from the beginning, usually port 465), or `off`.",
    )
    mail_from: str = Field(
        "Workline <workline@localhost>", description="Sender of mail: an address, or name <address>."
    )
    app_url: str | None = Field(
        None,
        description="Address of your front end, such as https://app.example.com, to which the links in mail lead. If "
        "unset, messages contain the tokens without links.",
    )

    @field_validator("smtp_tls", mode="before")
    @classmethod
    def _lower_case_tls(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("issuers", mode="before")
    @classmethod
    def _read_issuers(cls, value: object) -> object:
        return read_json(value)

    @field_validator("mail_from")
    @classmethod
    def _one_sender(cls, value: str) -> str:
        if "@" not in value or not value.isprintable():
            raise ValueError("must be an address, or a name and an address: Workline <workline@example.com>")
        return value

    @field_validator("app_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value if value is None else value.rstrip("/")

    @model_validator(mode="after")
    def _consistent_identity(self) -> Self:
        if self.login_failures_per_account_max <= self.login_failures_max:
            # otherwise one address could use up the attempts of all others at an account
            raise ValueError("WORKLINE_LOGIN_FAILURES_PER_ACCOUNT_MAX must be greater than WORKLINE_LOGIN_FAILURES_MAX")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("WORKLINE_SMTP_USERNAME and WORKLINE_SMTP_PASSWORD must be set together")
        return self
