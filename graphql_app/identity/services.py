"""Services for authentication in resolvers, from the settings, and those of the domain."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from graphql_app.authorization import DEFAULT_SCOPES, Scope
from graphql_app.identity.authentication import SessionTerms
from graphql_app.identity.login_limits import LoginLimits
from graphql_app.identity.messages import Messages
from graphql_app.identity.password_policy import PasswordPolicy, read_breached_passwords
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.tokens import Tokens
from graphql_app.mail.outbox import Outbox
from graphql_app.settings import Settings
from graphql_app.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """Lifetimes of tokens that are sent to addresses. ``sign_up`` is False if sign-up is off."""

    reset: timedelta = timedelta(hours=1)
    verification: timedelta = timedelta(days=3)
    invitation: timedelta = timedelta(days=7)
    sign_up: bool = True


@dataclass(frozen=True, slots=True)
class IdentityServices:
    """Services of resolvers, available as ``info.context.services``."""

    tokens: Tokens
    passwords: PasswordHasher
    login_limits: LoginLimits
    outbox: Outbox
    messages: Messages = field(default_factory=Messages)
    password_policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    terms: IdentityTerms = field(default_factory=IdentityTerms)
    session_terms: SessionTerms = field(default_factory=SessionTerms)
    domain: Any = None
    """Services that the domain opened when the server started."""
    scopes: tuple[Scope, ...] = DEFAULT_SCOPES
    """Scopes that API keys may have."""
    metrics: Metrics = field(default_factory=Metrics)


def make_identity_services(
    settings: Settings,
    roles: Collection[str],
    passwords: PasswordHasher,
    outbox: Outbox,
    domain: object,
    scopes: tuple[Scope, ...] = DEFAULT_SCOPES,
    metrics: Metrics | None = None,
) -> IdentityServices:
    """Return the services of a server with these settings, with these ``roles`` of users and ``scopes`` of API keys."""
    return IdentityServices(
        make_tokens(settings, roles),
        passwords,
        make_login_limits(settings),
        outbox,
        Messages(settings.app_url),
        make_password_policy(settings),
        make_identity_terms(settings),
        make_session_terms(settings),
        domain,
        scopes,
        metrics or Metrics(),
    )


def make_identity_terms(settings: Settings) -> IdentityTerms:
    """Return the lifetimes of tokens that are sent to addresses."""
    return IdentityTerms(
        reset=timedelta(seconds=settings.password_reset_ttl),
        verification=timedelta(seconds=settings.verification_ttl),
        invitation=timedelta(seconds=settings.invitation_ttl),
        sign_up=settings.sign_up,
    )


def make_password_policy(settings: Settings) -> PasswordPolicy:
    """Return the rules of new passwords. Raises SettingsError if the file of breached ones cannot be read."""
    file = settings.breached_passwords
    return PasswordPolicy(settings.password_length_min, None if file is None else read_breached_passwords(file))


def make_tokens(settings: Settings, roles: Collection[str] = ()) -> Tokens:
    """Return the tokens of this deployment. Processes with the same secret issue and accept the same tokens."""
    return Tokens(
        settings.secret_key.get_secret_value(),
        issuer=settings.token_issuer,
        ttl=timedelta(seconds=settings.token_ttl),
        roles=roles,
        previous=[key.get_secret_value() for key in settings.previous_secret_keys],
    )


def make_login_limits(settings: Settings) -> LoginLimits:
    """Return the limits on failed logins. Processes with the same secret count together."""
    return LoginLimits(
        settings.secret_key.get_secret_value(),
        account_and_address=settings.login_failures_max,
        address=settings.login_failures_per_address_max,
        account=settings.login_failures_per_account_max,
        window=timedelta(seconds=settings.login_failure_window),
        known=timedelta(seconds=settings.login_known_address_ttl),
    )


def make_session_terms(settings: Settings) -> SessionTerms:
    """Return the lifetimes of sessions."""
    return SessionTerms(timedelta(seconds=settings.session_ttl), timedelta(seconds=settings.refresh_grace))
