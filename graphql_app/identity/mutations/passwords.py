"""Mutations that change or reset the password of an identity."""

from dataclasses import replace

import strawberry

from graphql_app.context import Context, Info
from graphql_app.errors import Invalid
from graphql_app.identity.authentication import normalize_email
from graphql_app.identity.inputs import passwords as inputs
from graphql_app.identity.mutations.sessions import entered, refused
from graphql_app.identity.password_changes import change, own_email, request_reset, reset
from graphql_app.mutations.inputs import Input
from graphql_app.mutations.payloads import Outcome
from graphql_app.types.declarations import cast_to, most_calls, public, resolved

WRONG = "Invalid password."
NO_PASSWORD = "Your user has no password: it does not log in by an email address."  # noqa: S105
INVALID_TOKEN = "The token is invalid, was used already, or has expired. Request another one."  # noqa: S105 (a message)


async def _change(context: Context, given: inputs.ChangePasswordInput) -> Outcome:
    services, viewer, new = context.services, context.viewer, given.new_password
    code = given.totp_code if isinstance(given.totp_code, str) else None
    email = await own_email(context.session, viewer)
    if email is None:
        return refused(context, Invalid(NO_PASSWORD))
    try:
        services.password_policy.check(new, email, "newPassword")
    except Invalid as error:
        return refused(context, error)
    attempt = services.login_limits.attempt(email, context.client_address)
    # an operation that waits holds no connection
    await context.session.restart(None)
    try:
        async with attempt.turn:
            version = await change(
                context.session,
                viewer,
                email,
                given.current_password,
                new,
                totp_code=code,
                attempt=attempt,
                passwords=services.passwords,
            )
    except Invalid as error:
        return refused(context, error)
    if version is None:
        return refused(context, Invalid(WRONG, "currentPassword"))
    services.outbox.send(services.messages.password_changed(email))
    return await entered(context, replace(viewer, credentials_version=version))


async def _request_reset(context: Context, email: str) -> Outcome:
    services, address = context.services, normalize_email(email)
    attempt = services.login_limits.message(address, context.client_address)
    sent = await request_reset(context.session, address, attempt=attempt, ttl=services.terms.reset)
    if sent is not None:
        services.outbox.send(services.messages.password_reset(sent.email, sent.token, services.terms.reset))
    return Outcome()


async def _reset(context: Context, token: str, password: str) -> Outcome:
    services = context.services
    attempt = services.login_limits.token("password reset", context.client_address)
    try:
        email = await reset(
            context.session,
            token,
            password,
            attempt=attempt,
            passwords=services.passwords,
            policy=services.password_policy,
        )
    except Invalid as error:
        return refused(context, error)
    if email is None:
        return refused(context, Invalid(INVALID_TOKEN, "token"))
    services.outbox.send(services.messages.password_changed(email))
    return Outcome()


@strawberry.type
class PasswordMutation:
    @most_calls(1)
    @resolved
    async def change_password(
        self, info: Info, input: Input[inputs.ChangePasswordInput]
    ) -> inputs.ChangePasswordPayload | None:
        """Change the password of the viewer's identity, in all its organizations. Allowed once per operation.

        All other sessions end. The access token of this session becomes invalid: continue with the one in the payload.
        The refresh token stays the same. A notice is sent to the address. An identity with an authenticator app gives a
        code (`TOTP_REQUIRED`, `TOTP_INVALID`). Wrong current passwords and codes count as failed logins
        (`RATE_LIMITED`).
        """
        return cast_to(inputs.ChangePasswordPayload, await _change(info.context, input))

    @most_calls(1)
    @public
    async def request_password_reset(
        self, info: Info, input: Input[inputs.RequestPasswordResetInput]
    ) -> inputs.RequestPasswordResetPayload | None:
        """Send a message with a token for `resetPassword` to an address, if it logs in. Requires no token.

        The payload is the same for an unknown address. Allowed once per operation, and a few times per address and
        client in 15 minutes (`RATE_LIMITED`).
        """
        return cast_to(inputs.RequestPasswordResetPayload, await _request_reset(info.context, input.email))

    @most_calls(1)
    @public
    async def reset_password(
        self, info: Info, input: Input[inputs.ResetPasswordInput]
    ) -> inputs.ResetPasswordPayload | None:
        """Set a new password by the token of a message, and end all sessions of the identity. Requires no login.

        A token can be used once. Log in with the new password afterwards. A notice is sent to the address. Allowed once
        per operation.
        """
        return cast_to(inputs.ResetPasswordPayload, await _reset(info.context, input.token, input.new_password))
