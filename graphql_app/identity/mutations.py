"""Mutations of organizations and users, and login, the one operation that begins without an organization."""

from itertools import count
from typing import Any

import strawberry

from graphql_app.context import Context, Info
from graphql_app.database.connection import PooledConnection
from graphql_app.database.transaction_sql import LOCK_TENANT
from graphql_app.errors import Invalid
from graphql_app.identity import inputs
from graphql_app.identity.login import StoredLogin, authenticate, normalize_email
from graphql_app.identity.login_limits import LoginAttempt
from graphql_app.identity.passwords import PasswordTooLongError
from graphql_app.identity.rules import organization, users
from graphql_app.mutations.inputs import Input
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Outcome
from graphql_app.types.declarations import cast_to, most_calls, public
from graphql_app.viewer import Viewer

MOST_HASHES = 10
"""Most passwords that one operation hashes, with or without the right to set them. A hash takes a tenth of a second."""


async def hash_password(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with ``password_hash`` in place of ``password``. A null password counts as omitted.

    Takes a tenth of a second, in a thread. Raises Invalid for a password with too many bytes and for the eleventh of an
    operation, and ``Unavailable`` if too many are being hashed.
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
    try:
        return {**others, "password_hash": await context.services.passwords.hash(password)}
    except PasswordTooLongError:
        raise Invalid("Password is too long.", "password") from None


@strawberry.type
class OrganizationMutation:
    update_organization = mutation(
        organization.update_organization,
        inputs.UpdateOrganizationInput,
        inputs.UpdateOrganizationPayload,
        "Update the viewer's organization. Requires role OWNER.",
        begins_with=LOCK_TENANT,
    )


@strawberry.type
class UserMutation:
    create_user = mutation(
        users.create_user,
        inputs.CreateUserInput,
        inputs.CreateUserPayload,
        "Create a user, who can log in immediately. Requires role OWNER or MANAGER. An address that is already "
        "in use is rejected; the message does not reveal the organization that uses it.",
        prepare=hash_password,
    )
    update_user = mutation(
        users.update_user,
        inputs.UpdateUserInput,
        inputs.UpdateUserPayload,
        "Update a user. Users may update their own name; everything else requires role OWNER or MANAGER, and "
        "OWNER if the user is an owner. A new role takes effect with the user's next operation; a new password "
        "invalidates all earlier tokens.",
        prepare=hash_password,
    )
    deactivate_user = mutation(
        users.deactivate_user,
        inputs.DeactivateUserInput,
        inputs.DeactivateUserPayload,
        "Deactivate a user: all tokens become invalid, logins are rejected, and the email address becomes "
        "available. Users are never deleted, so their records keep an author; a linked worker stays active. "
        "Requires role OWNER or MANAGER, and OWNER if the user is an owner. Users cannot deactivate "
        "themselves, so an owner always remains.",
        begins_with=LOCK_TENANT,
    )
    reactivate_user = mutation(
        users.reactivate_user,
        inputs.ReactivateUserInput,
        inputs.ReactivateUserPayload,
        "Reactivate a deactivated user, with a new password and the previous email address, which must still "
        "be available. Requires role OWNER or MANAGER, and OWNER if the user is an owner.",
        prepare=hash_password,
    )


WRONG = "Invalid email address or password."
ROLE_AND_DISCOUNT = """
SELECT person.role, discount_login_attempt($3, $4, $5) FROM users AS person
WHERE person.organization_id = $1 AND person.id = $2 AND person.credentials_version = $6
    AND person.deactivated_at IS NULL"""


async def log_in(context: Context, email: str, password: str) -> Outcome:
    """Return a token for the user of this address and password, or the same error for all that do not match.

    Raises RateLimited after too many failures, and Unavailable.
    """
    services = context.services
    attempt = services.login_limits.attempt(normalize_email(email), context.client_address)
    if context.caller is not None:
        await context.session.check()  # a token that is sent must be valid
    # an operation that waits holds no connection
    await context.session.restart(None)
    async with attempt.turn:
        login = await authenticate(context.session, email, password, attempt=attempt, passwords=services.passwords)
        viewer = None if login is None else await _viewer(context, login, attempt)
    if viewer is None:
        wrong = [Invalid(WRONG)]
        context.note_user_errors(wrong)
        return Outcome(errors=wrong)
    await context.become(viewer)
    return Outcome(viewer.user_id, secret=services.tokens.issue(viewer).text)


async def _viewer(context: Context, login: StoredLogin, attempt: LoginAttempt) -> Viewer | None:
    """Return the viewer of a login, and discount the attempt.

    Returns None if access has ended or the password has changed during the comparison.
    """

    async def work(connection: PooledConnection) -> str | None:
        counted = (attempt.keys, attempt.steps, attempt.known)
        arguments = (login.organization_id, login.user_id, *counted, login.credentials_version)
        rows = await connection.fetch(ROLE_AND_DISCOUNT, arguments)
        connection.is_last = True
        return rows[0]["role"] if rows else None

    await context.session.restart(login.organization_id)
    role = await context.session.write(work)
    return None if role is None else Viewer(login.user_id, login.organization_id, role, login.credentials_version)


@strawberry.type
class LogInMutation:
    @most_calls(1)
    @public
    async def log_in(self, info: Info, input: Input[inputs.LogInInput]) -> inputs.LogInPayload | None:
        """Exchange an email address and a password for a token. Requires no token.

        Allowed once per operation (`COST_LIMIT_EXCEEDED`). After too many failures for the account or from the client's
        address, it fails with `RATE_LIMITED`: wait for the seconds in `extensions.retryAfter`.
        """
        return cast_to(inputs.LogInPayload, await log_in(info.context, input.email, input.password))
