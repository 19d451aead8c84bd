"""Set-up of the second step of logins by an identity: an authenticator app, with recovery codes."""

from dataclasses import dataclass, field

from graphql_app.database.connection import PooledConnection
from graphql_app.database.session import OperationSession
from graphql_app.errors import Invalid
from graphql_app.identity.authentication import send_alone
from graphql_app.identity.login_limits import LoginAttempt
from graphql_app.identity.second_step import (
    SecondStep,
    new_recovery_codes,
    new_totp_secret,
    recovery_hashes,
    second_step,
    totp_uri,
    wrong_code,
)
from graphql_app.viewer import Viewer

SET_UP = "SELECT set_up_totp($1, $2, $3, $4, $5, $6)"
STATE = "SELECT is_enabled, pending FROM totp_of($1)"
ENABLE = "SELECT enable_totp($1, $2, $3, $4)"
DISABLE = "SELECT * FROM disable_totp($1, $2, $3, $4, $5, $6, $7)"
WRONG_PASSWORD = "Invalid password."  # noqa: S105 (a message)
ENABLED = "An authenticator app is enabled already. Disable it first."
NOT_SET_UP = "No authenticator app is set up, or it is enabled already. Call `setUpTotp` first."


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """Secret of an authenticator app, and the address that the app reads."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnabledTotp:
    """Address of an identity, and its recovery codes."""

    email: str
    recovery_codes: list[str] = field(repr=False)


async def set_up(session: OperationSession, email: str, password_hash: str, *, attempt: LoginAttempt) -> TotpSetup:
    """Store the secret of an authenticator app, which is not required yet. Raises Invalid.

    An earlier secret that was not enabled is replaced.
    """
    secret = new_totp_secret()
    given = (email, password_hash, secret, attempt.keys, attempt.steps, attempt.known)
    ((is_set_up,),) = await send_alone(session, SET_UP, *given)
    if is_set_up is None:
        raise Invalid(WRONG_PASSWORD, "password")
    if not is_set_up:
        raise Invalid(ENABLED)
    return TotpSetup(secret, totp_uri(secret, email))


async def has_totp(session: OperationSession, viewer: Viewer) -> bool:
    """Return True if logins of the viewer's identity require a code."""
    return any(row["is_enabled"] for row in await session.fetch(STATE, [viewer.user_id]))


async def enable(session: OperationSession, viewer: Viewer, code: str) -> EnabledTotp:
    """Let logins require a code from now on, once the app has shown a right one. Raises Invalid."""
    rows = await session.fetch(STATE, [viewer.user_id])
    secret = next((row["pending"] for row in rows), None)
    if secret is None:
        raise Invalid(NOT_SET_UP)
    shown = second_step(secret, code, "code")
    if shown.step is None:
        raise wrong_code("code")
    codes = new_recovery_codes()

    async def work(connection: PooledConnection) -> str | None:
        given = (viewer.user_id, secret, shown.step, recovery_hashes(codes))
        ((email,),) = await connection.fetch(ENABLE, given)
        return None if email is None else str(email)

    email = await session.write(work)
    if email is None:
        raise Invalid(NOT_SET_UP)
    return EnabledTotp(email, codes)


async def disable(
    session: OperationSession, email: str, password_hash: str, code: str, *, attempt: LoginAttempt
) -> None:
    """Remove the authenticator app and the recovery codes. Raises Invalid for a wrong password or code.

    Both count as failed logins.
    """

    async def attempted(shown: SecondStep) -> tuple[bool, str | None]:
        given = (email, password_hash, attempt.keys, attempt.steps, attempt.known, shown.step, shown.recovery)
        rows = await send_alone(session, DISABLE, *given)
        if not rows:
            raise Invalid(WRONG_PASSWORD, "password")
        ((is_disabled, secret),) = rows
        return is_disabled, secret

    is_disabled, secret = await attempted(SecondStep())
    if not is_disabled and secret is not None:
        is_disabled, _ = await attempted(second_step(secret, code, "code"))
    if not is_disabled:
        raise wrong_code("code")
