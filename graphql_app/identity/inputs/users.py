"""Inputs and payloads of the mutations of organizations and users."""

import strawberry
from strawberry import ID

from graphql_app.identity import models as m
from graphql_app.mutations.input_checks import email, text
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional

OWNERS = (m.UserRole.OWNER,)
"""Roles that manage users and the organization."""
PASSWORD = "Password, 8-256 characters."  # noqa: S105 (the description of one)
LENGTH = text(8, 256)
NAME = "Name of the user, 1-200 characters in one line."
EMAIL = "Email address for login, case-insensitive. No two users of the server can log in with the same address."


@strawberry.type
class ChangedUserPayload(Payload):
    """Fields of all payloads of changes of a user. Values are Outcomes."""

    user = record(m.User, "The updated user; null if there are errors.")


@input_of(m.User, "Input of `createUser`.")
class CreateUserInput:
    name: str = field(NAME)
    email: str = field(EMAIL, email())
    password: str = field(PASSWORD, LENGTH, secret=True)
    role: m.UserRole | None = optional("Role of the user. Default: MEMBER.")


@strawberry.type(description="Payload of `createUser`.")
class CreateUserPayload(Payload):
    user = record(m.User, "The created user; null if there are errors.")


@input_of(m.User, "Input of `updateUser`. Omitted fields keep their values.")
class UpdateUserInput:
    id: ID = field("ID of the user.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    email: str | None = optional(EMAIL, email(), roles=OWNERS)
    password: str | None = optional(f"{PASSWORD} Null keeps the current password.", LENGTH, secret=True, roles=OWNERS)


@strawberry.type(description="Payload of `updateUser`.")
class UpdateUserPayload(ChangedUserPayload):
    """A changed user."""


@input_of(m.User, "Input of `changeRole`.")
class ChangeRoleInput:
    id: ID = field("ID of the user.")
    role: m.UserRole = field("New role of the user. The last owner must remain one.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `changeRole`.")
class ChangeRolePayload(ChangedUserPayload):
    """A changed user."""


@input_of(m.User, "Input of `deactivateUser`.")
class DeactivateUserInput:
    id: ID = field("ID of the user.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deactivateUser`.")
class DeactivateUserPayload(ChangedUserPayload):
    """A changed user."""


@input_of(m.User, "Input of `reactivateUser`.")
class ReactivateUserInput:
    id: ID = field("ID of the user.")
    password: str = field(PASSWORD, LENGTH, secret=True)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `reactivateUser`.")
class ReactivateUserPayload(ChangedUserPayload):
    """A changed user."""


@input_of(m.Organization, "Input of `updateOrganization`. Omitted fields keep their values.")
class UpdateOrganizationInput:
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional("Name of the organization, 1-200 characters in one line.")


@strawberry.type(description="Payload of `updateOrganization`.")
class UpdateOrganizationPayload(Payload):
    organization = record(m.Organization, "The updated organization; null if there are errors.")
