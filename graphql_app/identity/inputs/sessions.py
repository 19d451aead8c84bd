"""Inputs and payloads of login, refresh, logout and the change of the organization."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as data
from datetime import datetime

import strawberry
from strawberry import ID

from graphql_app.identity import models as m
from graphql_app.mutations.payloads import Outcome, Payload, record
from graphql_app.mutations.user_errors import ReadField
from graphql_app.strawberry_adapter import Annotation
from graphql_app.types.declarations import field, optional


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """Tokens of a session, returned once. The refresh token is None where the client keeps the one that it has."""

    token: str = data(repr=False)
    expires_at: datetime
    refresh_token: str | None = data(repr=False, default=None)


def issued[T](annotation: Annotation, description: str, read: Callable[[IssuedTokens], T]) -> ReadField:
    """Declare the field of a payload for a value of the issued tokens; null if there are errors."""

    def value(outcome: Outcome) -> T | None:
        return read(outcome.secret) if isinstance(outcome.secret, IssuedTokens) else None

    return ReadField(annotation, description, value)


@strawberry.type
class TokenPayload(Payload):
    """Fields of all payloads that issue tokens. Values are Outcomes."""

    token = issued(
        str | None,
        "Access token, to be sent as `Authorization: Bearer <token>`. It is shown only once; null if there are errors.",
        lambda tokens: tokens.token,
    )
    expires_at = issued(
        datetime | None,
        "Time at which the access token expires. Call `refreshSession` before then. Null if there are errors.",
        lambda tokens: tokens.expires_at,
    )


@strawberry.type
class SessionPayload(TokenPayload):
    """Fields of all payloads that issue a refresh token. Values are Outcomes."""

    refresh_token = issued(
        str | None,
        "Token for `refreshSession`, valid for one call. It is secret and shown only once; null if there are errors.",
        lambda tokens: tokens.refresh_token,
    )


@strawberry.input(description="Input of `logIn`.")
class LogInInput:
    email: str = field("Email address, case-insensitive.")
    password: str = field("Password of the identity.")
    organization_id: ID | None = optional("ID of the organization to log in to. Default: the last one used.")
    totp_code: str | None = optional(
        "Code of the authenticator app, or a recovery code, if the identity has enabled one."
    )


@strawberry.type(description="Payload of `logIn`.")
class LogInPayload(SessionPayload):
    user = record(m.User, "User who logged in; null if there are errors.")


@strawberry.input(description="Input of `refreshSession`.")
class RefreshSessionInput:
    refresh_token: str = field("Refresh token of the last login or refresh.")


@strawberry.type(description="Payload of `refreshSession`.")
class RefreshSessionPayload(SessionPayload):
    user = record(m.User, "User of the session; null if there are errors.")


@strawberry.input(description="Input of `switchOrganization`.")
class SwitchOrganizationInput:
    organization_id: ID = field("ID of an organization in `viewer.memberships`.")


@strawberry.type(description="Payload of `switchOrganization`.")
class SwitchOrganizationPayload(TokenPayload):
    user = record(m.User, "The viewer's user in this organization; null if there are errors.")


@strawberry.input(description="Input of `logOut`.")
class LogOutInput:
    all_devices: bool | None = optional("True ends all sessions of the identity. Default: only this session.")


@strawberry.type(description="Payload of `logOut`.")
class LogOutPayload(Payload):
    """Errors only."""


@strawberry.input(description="Input of `revokeSession`.")
class RevokeSessionInput:
    id: ID = field("ID of a session in `viewer.sessions`.")


@strawberry.type(description="Payload of `revokeSession`.")
class RevokeSessionPayload(Payload):
    """Errors only."""
