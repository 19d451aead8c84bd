"""Mutations of organizations and users."""

from itertools import count
from typing import Any

import strawberry

from graphql_app.context import Context
from graphql_app.database.transaction_sql import LOCK_TENANT
from graphql_app.errors import Invalid
from graphql_app.identity.inputs import users as inputs
from graphql_app.identity.models import User, UserRole
from graphql_app.identity.rules import organization, users
from graphql_app.mutations.mutation import mutation
from graphql_app.sql.row_rules import only

MOST_HASHES = 10
"""Most passwords that one operation hashes, with or without the right to set them. A hash takes a tenth of a second."""


async def hash_password(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with ``password_hash`` in place of ``password``. A null password counts as omitted.

    Takes a tenth of a second, in a thread. Raises Invalid for a password that the policy rejects, and for the eleventh
    of an operation. Raises ``Unavailable`` if too many are being hashed.
    """
    others = {name: value for name, value in values.items() if name != "password"}
    password = values.get("password")
    if password is None:
        return others
    if next(context.once(hash_password, lambda: count(1))) > MOST_HASHES:
        raise Invalid(
            f"At most {MOST_HASHES} passwords can be set per operation. Send the others in separate requests.",
            "password",
        )
    context.services.password_policy.check(password, values.get("email"), "password")
    return {**others, "password_hash": await context.services.passwords.hash(password)}


OWN = only(
    User,
    lambda viewer: viewer.role == UserRole.OWNER or User.id == viewer.user_id,
    "Requires role OWNER, except to change your own name.",
)
"""Rule of the users whose names a viewer may change."""


@strawberry.type
class OrganizationMutation:
    update_organization = mutation(
        organization.update_organization,
        inputs.UpdateOrganizationInput,
        inputs.UpdateOrganizationPayload,
        "Update the viewer's organization.",
        roles=inputs.OWNERS,
    )


@strawberry.type
class UserMutation:
    create_user = mutation(
        users.create_user,
        inputs.CreateUserInput,
        inputs.CreateUserPayload,
        "Create a user, who can log in immediately. Use `inviteUser` for addresses that you have not verified, and for "
        "those that log in to other organizations. An address that is already in use is rejected; the message does not "
        "reveal the organization that uses it.",
        prepare=hash_password,
        roles=inputs.OWNERS,
    )
    update_user = mutation(
        users.update_user,
        inputs.UpdateUserInput,
        inputs.UpdateUserPayload,
        "Update a user. All users may change their own name. A new password invalidates all earlier tokens.",
        prepare=hash_password,
        rows=OWN,
    )
    change_role = mutation(
        users.change_role,
        inputs.ChangeRoleInput,
        inputs.ChangeRolePayload,
        "Give a user another role. It takes effect with the user's next operation. An organization keeps an owner.",
        begins_with=LOCK_TENANT,
        roles=inputs.OWNERS,
    )
    deactivate_user = mutation(
        users.deactivate_user,
        inputs.DeactivateUserInput,
        inputs.DeactivateUserPayload,
        "Deactivate a user: all tokens become invalid, logins are rejected, and the email address becomes "
        "available. Users are never deleted, so their records keep an author; a linked worker stays active. "
        "Users cannot deactivate themselves, so an owner always remains.",
        begins_with=LOCK_TENANT,
        roles=inputs.OWNERS,
    )
    reactivate_user = mutation(
        users.reactivate_user,
        inputs.ReactivateUserInput,
        inputs.ReactivateUserPayload,
        "Reactivate a deactivated user, with a new password and the previous email address, which must still "
        "be available.",
        prepare=hash_password,
        roles=inputs.OWNERS,
    )
