"""What resolvers need to log somebody in, made from the settings, and what the domain adds to it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphql_app.identity.passwords import Passwords
from graphql_app.identity.tokens import Tokens
from graphql_app.settings import Settings


@dataclass(frozen=True, slots=True)
class IdentityServices:
    """At hand as ``info.context.services``."""

    tokens: Tokens
    passwords: Passwords
    domain: Any = None
    """What the domain opened for itself when the server started."""


def make_tokens(settings: Settings) -> Tokens:
    """The tokens of this deployment: every process with the same secret issues and accepts the same ones."""
    return Tokens(
        settings.secret_key.get_secret_value(),
        issuer=settings.token_issuer,
        ttl=timedelta(seconds=settings.token_ttl),
    )
