"""What resolvers need to log somebody in, made from the settings, and what the domain adds to it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphql_app.identity.login_limits import LoginLimits
from graphql_app.identity.passwords import Passwords
from graphql_app.identity.tokens import Tokens
from graphql_app.settings import Settings


@dataclass(frozen=True, slots=True)
class IdentityServices:
    """At hand as ``info.context.services``."""

    tokens: Tokens
    passwords: Passwords
    login_limits: LoginLimits
    domain: Any = None
    """What the domain opened for itself when the server started."""


def make_tokens(settings: Settings, roles: Collection[str] = ()) -> Tokens:
    """Return the tokens of this deployment: every process with the same secret issues and accepts the same ones."""
    return Tokens(
        settings.secret_key.get_secret_value(),
        issuer=settings.token_issuer,
        ttl=timedelta(seconds=settings.token_ttl),
        roles=roles,
    )


def make_login_limits(settings: Settings) -> LoginLimits:
    """Return the limits on failed log-ins, which every process with the same secret counts together."""
    return LoginLimits(
        settings.secret_key.get_secret_value(),
        account_and_address=settings.login_failures_max,
        address=settings.login_failures_per_address_max,
        account=settings.login_failures_per_account_max,
        window=timedelta(seconds=settings.login_failure_window),
        known=timedelta(seconds=settings.login_known_address_ttl),
    )
