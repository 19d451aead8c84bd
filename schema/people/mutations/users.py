"""Mutations that create, change, deactivate and reactivate users."""

import strawberry
from strawberry import ID

from graphql_app.database.transaction_sql import LOCK_TENANT
from graphql_app.mutations.input_checks import email
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.people import models as m
from schema.people.mutations.passwords import LENGTH, PASSWORD, hash_password
from schema.people.rules import users

NAME = "Name of the user, 1-200 characters."
EMAIL = "Email address for log-in, case-insensitive. No two users of the server can log in with the same address."
AS_IT_IS = "The updated user; null if there are errors."


@input_of(m.User, "Input of `createUser`.")
class CreateUserInput:
    name: str = field(NAME)
    email: str = field(EMAIL, email())
    password: str = field(PASSWORD, LENGTH, secret=True)
    role: m.UserRole | None = optional("Role of the user. Default: MEMBER. Role OWNER can be granted only by an owner.")


@strawberry.type(description="Payload of `createUser`.")
class CreateUserPayload(Payload):
    user = record(m.User, "The created user; null if there are errors.")


@input_of(m.User, "Input of `updateUser`. Omitted fields keep their values.")
class UpdateUserInput:
    id: ID = field("ID of the user.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    email: str | None = optional(EMAIL, email())
    password: str | None = optional(f"{PASSWORD} Null keeps the current password.", LENGTH, secret=True)
    role: m.UserRole | None = optional(
        "Role of the user. Only an owner can change roles; the last owner must remain one."
    )


@strawberry.type(description="Payload of `updateUser`.")
class UpdateUserPayload(Payload):
    user = record(m.User, AS_IT_IS)


@input_of(m.User, "Input of `deactivateUser`.")
class DeactivateUserInput:
    id: ID = field("ID of the user.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deactivateUser`.")
class DeactivateUserPayload(Payload):
    user = record(m.User, AS_IT_IS)


@input_of(m.User, "Input of `reactivateUser`.")
class ReactivateUserInput:
    id: ID = field("ID of the user.")
    password: str = field(PASSWORD, LENGTH, secret=True)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `reactivateUser`.")
class ReactivateUserPayload(Payload):
    user = record(m.User, AS_IT_IS)


@strawberry.type
class UserMutation:
    create_user = mutation(
        users.create_user,
        CreateUserInput,
        CreateUserPayload,
        "Create a user, who can log in immediately. Requires role OWNER or MANAGER. An address that is already "
        "in use is rejected; the message does not reveal the organization that uses it.",
        prepare=hash_password,
    )
    update_user = mutation(
        users.update_user,
        UpdateUserInput,
        UpdateUserPayload,
        "Update a user. Users may update their own name; everything else requires role OWNER or MANAGER, and "
        "OWNER if the user is an owner. A new role takes effect with the user's next operation; a new password "
        "invalidates all earlier tokens.",
        prepare=hash_password,
    )
    deactivate_user = mutation(
        users.deactivate_user,
        DeactivateUserInput,
        DeactivateUserPayload,
        "Deactivate a user: all tokens become invalid, log-ins are rejected, and the email address becomes "
        "available. Users are never deleted, so their records keep an author; a linked worker stays active. "
        "Requires role OWNER or MANAGER, and OWNER if the user is an owner. Users cannot deactivate "
        "themselves, so an owner always remains.",
        begins_with=LOCK_TENANT,
    )
    reactivate_user = mutation(
        users.reactivate_user,
        ReactivateUserInput,
        ReactivateUserPayload,
        "Reactivate a deactivated user, with a new password and the previous email address, which must still "
        "be available. Requires role OWNER or MANAGER, and OWNER if the user is an owner.",
        prepare=hash_password,
    )
