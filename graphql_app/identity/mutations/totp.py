"""Mutations that set up, enable and disable the second step of logins."""

import strawberry

from graphql_app.context import Context, Info
from graphql_app.errors import Invalid
from graphql_app.identity.authentication import verified_hash
from graphql_app.identity.inputs import totp as inputs
from graphql_app.identity.login_limits import LoginAttempt
from graphql_app.identity.mutations.passwords import NO_PASSWORD
from graphql_app.identity.mutations.sessions import refused
from graphql_app.identity.password_changes import own_email
from graphql_app.identity.totp import disable, enable, set_up
from graphql_app.mutations.inputs import Input
from graphql_app.mutations.payloads import Outcome
from graphql_app.types.declarations import cast_to, most_calls, resolved


async def _verified(context: Context, password: str) -> tuple[str, str, LoginAttempt]:
    """Return the viewer's address, the hash of the given password, and the counted attempt. Raises Invalid."""
    services = context.services
    email = await own_email(context.session, context.viewer)
    if email is None:
        raise Invalid(NO_PASSWORD)
    attempt: LoginAttempt = services.login_limits.attempt(email, context.client_address)
    async with attempt.turn:
        hashed = await verified_hash(context.session, email, password, attempt=attempt, passwords=services.passwords)
    return email, hashed, attempt


async def _set_up(context: Context, password: str) -> Outcome:
    viewer = context.viewer
    try:
        email, hashed, attempt = await _verified(context, password)
        made = await set_up(context.session, email, hashed, attempt=attempt)
    except Invalid as error:
        return refused(context, error)
    finally:
        await context.become(viewer)
    return Outcome(secret=made)


async def _enable(context: Context, code: str) -> Outcome:
    try:
        enabled = await enable(context.session, context.viewer, code)
    except Invalid as error:
        return refused(context, error)
    context.services.outbox.send(context.services.messages.totp_changed(enabled.email, is_enabled=True))
    return Outcome(secret=enabled)


async def _disable(context: Context, password: str, code: str) -> Outcome:
    viewer = context.viewer
    try:
        email, hashed, attempt = await _verified(context, password)
        await disable(context.session, email, hashed, code, attempt=attempt)
    except Invalid as error:
        return refused(context, error)
    finally:
        await context.become(viewer)
    context.services.outbox.send(context.services.messages.totp_changed(email, is_enabled=False))
    return Outcome()


@strawberry.type
class TotpMutation:
    @most_calls(1)
    @resolved
    async def set_up_totp(self, info: Info, input: Input[inputs.SetUpTotpInput]) -> inputs.SetUpTotpPayload | None:
        """Create a secret for an authenticator app (TOTP), for the viewer's identity. `enableTotp` confirms it.

        Wrong passwords count as failed logins (`RATE_LIMITED`). Allowed once per operation.
        """
        return cast_to(inputs.SetUpTotpPayload, await _set_up(info.context, input.password))

    @most_calls(1)
    @resolved
    async def enable_totp(self, info: Info, input: Input[inputs.EnableTotpInput]) -> inputs.EnableTotpPayload | None:
        """Require a code of the authenticator app for each login from now on, and return recovery codes.

        A notice is sent to the address. Open sessions continue. Allowed once per operation.
        """
        return cast_to(inputs.EnableTotpPayload, await _enable(info.context, input.code))

    @most_calls(1)
    @resolved
    async def disable_totp(self, info: Info, input: Input[inputs.DisableTotpInput]) -> inputs.DisableTotpPayload | None:
        """Remove the authenticator app and the recovery codes of the viewer's identity.

        A notice is sent to the address. Wrong passwords and codes count as failed logins
        (`RATE_LIMITED`). Allowed once per operation.
        """
        return cast_to(inputs.DisableTotpPayload, await _disable(info.context, input.password, input.code))
