"""Inputs and payloads of changes and resets of passwords."""

import strawberry

from graphql_app.identity import models as m
from graphql_app.identity.inputs.sessions import TokenPayload
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional

NEW_PASSWORD = "New password, 8-256 characters. Neither the email address nor a known breached password."  # noqa: S105


@strawberry.input(description="Input of `changePassword`.")
class ChangePasswordInput:
    current_password: str = field("Current password of the identity.")
    new_password: str = field(NEW_PASSWORD)
    totp_code: str | None = optional(
        "Code of the authenticator app, or a recovery code, if the identity has enabled one."
    )


@strawberry.type(description="Payload of `changePassword`.")
class ChangePasswordPayload(TokenPayload):
    user = record(m.User, "User of the viewer; null if there are errors.")


@strawberry.input(description="Input of `requestPasswordReset`.")
class RequestPasswordResetInput:
    email: str = field("Email address, case-insensitive.")


@strawberry.type(description="Payload of `requestPasswordReset`.")
class RequestPasswordResetPayload(Payload):
    """Errors only: the payload does not reveal whether an address exists."""


@strawberry.input(description="Input of `resetPassword`.")
class ResetPasswordInput:
    token: str = field("Token of the message of `requestPasswordReset`.")
    new_password: str = field(NEW_PASSWORD)


@strawberry.type(description="Payload of `resetPassword`.")
class ResetPasswordPayload(Payload):
    """Errors only."""
