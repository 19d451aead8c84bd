"""Inputs and payloads of invitations, sign-up and verification."""

from typing import Any

import strawberry
from strawberry import ID

from graphql_app.identity import models as m
from graphql_app.identity.inputs.passwords import NEW_PASSWORD
from graphql_app.identity.inputs.users import NAME
from graphql_app.identity.invitations import AcceptedInvitation
from graphql_app.mutations.input_checks import email, one_line, text
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.payloads import Outcome, Payload, deleted_id, record
from graphql_app.mutations.user_errors import ReadField
from graphql_app.types.declarations import field, optional


@input_of(m.Invitation, "Input of `inviteUser`.")
class InviteUserInput:
    name: str = field(NAME)
    email: str = field("Email address to invite.", email())
    role: m.UserRole | None = optional("Role of the user. Default: MEMBER.")


@strawberry.type(description="Payload of `inviteUser`.")
class InviteUserPayload(Payload):
    invitation = record(m.Invitation, "The invitation; null if there are errors.")


@input_of(m.Invitation, "Input of `resendInvitation`.")
class ResendInvitationInput:
    id: ID = field("ID of the invitation.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `resendInvitation`.")
class ResendInvitationPayload(Payload):
    invitation = record(m.Invitation, "The invitation; null if there are errors.")


@input_of(m.Invitation, "Input of `revokeInvitation`.")
class RevokeInvitationInput:
    id: ID = field("ID of the invitation.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `revokeInvitation`.")
class RevokeInvitationPayload(Payload):
    deleted_id = deleted_id("ID of the deleted invitation; null if there are errors.")


def _accepted(name: str, kind: type, description: str) -> Any:  # a field
    """Declare the field of a payload for a value of the accepted invitation."""

    def read(outcome: Outcome) -> str | None:
        accepted = outcome.secret
        return str(getattr(accepted, name)) if isinstance(accepted, AcceptedInvitation) else None

    return ReadField(kind | None, description, read)


@strawberry.input(description="Input of `acceptInvitation`.")
class AcceptInvitationInput:
    token: str = field("Token of the invitation.")
    password: str | None = optional(
        f"Password of the address, if it logs in already; not required with a token of its session. Otherwise: "
        f"{NEW_PASSWORD[0].lower()}{NEW_PASSWORD[1:]}"
    )


@strawberry.type(description="Payload of `acceptInvitation`.")
class AcceptInvitationPayload(Payload):
    organization_id = _accepted(
        "organization_id", ID, "ID of the organization, for `logIn` and `switchOrganization`; null if there are errors."
    )
    email = _accepted("email", str, "Email address that logs in; null if there are errors.")


@input_of(m.User, "Input of `signUp`.")
class SignUpInput:
    organization_name: str = field("Name of the organization, 1-200 characters in one line.", text(1, 200), one_line())
    name: str = field("Name of its owner, 1-200 characters in one line.")
    email: str = field("Email address of its owner, case-insensitive.", email())
    password: str = field(NEW_PASSWORD)


@strawberry.type(description="Payload of `signUp`.")
class SignUpPayload(Payload):
    """Errors only: the payload does not reveal whether an address exists."""


@strawberry.input(description="Input of `verifyEmail`.")
class VerifyEmailInput:
    token: str = field("Token of the message of `signUp` or `resendVerification`.")


@strawberry.type(description="Payload of `verifyEmail`.")
class VerifyEmailPayload(Payload):
    """Errors only."""


@strawberry.input(description="Input of `resendVerification`.")
class ResendVerificationInput:
    email: str = field("Email address, case-insensitive.")


@strawberry.type(description="Payload of `resendVerification`.")
class ResendVerificationPayload(Payload):
    """Errors only: the payload does not reveal whether an address exists."""
