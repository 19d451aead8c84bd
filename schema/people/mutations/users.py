"""Mutations that create, change, deactivate and reactivate users."""

import strawberry
from strawberry import ID

from graphql_app.database.transactions import LOCK_TENANT
from graphql_app.mutations.input_checks import email
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.people import models as m
from schema.people.mutations.passwords import LENGTH, PASSWORD, hash_password
from schema.people.rules import users

NAME = "What the user is called: 1 to 200 characters."
EMAIL = "The address to log in with, in capitals or not. No two users of this server have the same."
AS_IT_IS = "The user as it is now; null when there are errors."


@input_of(m.User, "A user to be created.")
class CreateUserInput:
    name: str = field(NAME)
    email: str = field(EMAIL, email())
    password: str = field(PASSWORD, LENGTH, secret=True)
    role: m.UserRole | None = optional("What the user may do; MEMBER unless said. Only an owner makes owners.")


@strawberry.type(description="The user who was created.")
class CreateUserPayload(Payload):
    user = record(m.User, "The new user; null when there are errors.")


@input_of(m.User, "What to change of a user. What is left out stays as it is.")
class UpdateUserInput:
    id: ID = field("The user's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    email: str | None = optional(EMAIL, email())
    password: str | None = optional(f"{PASSWORD} Null keeps the one there is.", LENGTH, secret=True)
    role: m.UserRole | None = optional("What the user may do. Only an owner changes roles; the last owner stays one.")


@strawberry.type(description="The user who was changed.")
class UpdateUserPayload(Payload):
    user = record(m.User, AS_IT_IS)


@input_of(m.User, "A user who shall lose access.")
class DeactivateUserInput:
    id: ID = field("The user's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The user who has lost access.")
class DeactivateUserPayload(Payload):
    user = record(m.User, AS_IT_IS)


@input_of(m.User, "A user who shall have access again.")
class ReactivateUserInput:
    id: ID = field("The user's id.")
    password: str = field(PASSWORD, LENGTH, secret=True)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The user who has access again.")
class ReactivateUserPayload(Payload):
    user = record(m.User, AS_IT_IS)


@strawberry.type
class UserMutation:
    create_user = mutation(
        users.create_user,
        CreateUserInput,
        CreateUserPayload,
        "Create a user, who can log in at once. Requires role OWNER or MANAGER. An address that is taken is refused "
        "with the same message for addresses of this and of other organizations.",
        prepare=hash_password,
    )
    update_user = mutation(
        users.update_user,
        UpdateUserInput,
        UpdateUserPayload,
        "Change a user. Users may change their own names; anything else requires role OWNER or MANAGER, and for owners "
        "OWNER. A new role takes effect with the user's next operation; a new password ends the tokens issued before.",
        prepare=hash_password,
    )
    deactivate_user = mutation(
        users.deactivate_user,
        DeactivateUserInput,
        DeactivateUserPayload,
        "Revoke the access of a user: the tokens end, log-ins are refused, and the address becomes free. Users are "
        "never deleted, so their records keep an author; a linked worker stays active. Requires role OWNER or MANAGER, "
        "and for owners OWNER. Users cannot deactivate themselves, so an owner always remains.",
        begins_with=LOCK_TENANT,
    )
    reactivate_user = mutation(
        users.reactivate_user,
        ReactivateUserInput,
        ReactivateUserPayload,
        "Restore the access of a deactivated user, with a new password and the old address, unless another user has it "
        "by now. Requires role OWNER or MANAGER, and for owners OWNER.",
        prepare=hash_password,
    )
