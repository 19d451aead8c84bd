"""Log-in, the one operation that begins without an organization."""

from graphql_app.context import Context
from graphql_app.database.connection import PooledConnection
from graphql_app.errors import Invalid
from graphql_app.identity.login import Login, authenticate, normalise_email
from graphql_app.identity.login_limits import LoginAttempt
from graphql_app.mutations.payloads import Outcome
from graphql_app.viewer import Viewer

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
    attempt = services.login_limits.attempt(normalise_email(email), context.client_address)
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


async def _viewer(context: Context, login: Login, attempt: LoginAttempt) -> Viewer | None:
    """Return the viewer of a log-in, and discount the attempt.

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
