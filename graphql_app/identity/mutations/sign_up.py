"""Mutations that sign up an organization with its owner, and verify addresses."""

import strawberry

from graphql_app.context import Context, Info
from graphql_app.errors import Denied, Invalid
from graphql_app.identity.authentication import normalize_email
from graphql_app.identity.inputs import invitations as inputs
from graphql_app.identity.mutations.passwords import INVALID_TOKEN
from graphql_app.identity.mutations.sessions import refused
from graphql_app.identity.sign_up import SignUp, request_verification, sign_up, verify
from graphql_app.mutations.inputs import Input, checked_values
from graphql_app.mutations.payloads import Outcome
from graphql_app.types.declarations import cast_to, most_calls, public

CLOSED = "Sign-up is not available on this server. Ask its operator, or the owner of an organization for an invitation."


async def _sign_up(context: Context, input: inputs.SignUpInput) -> Outcome:
    services = context.services
    if not services.terms.sign_up:
        return refused(context, Denied(CLOSED, code="SIGN_UP_DISABLED"))
    values, errors = checked_values(input)
    try:
        services.password_policy.check(input.password, input.email, "password")
    except Invalid as error:
        errors = [*errors, error]
    if errors:
        return refused(context, *errors)
    attempt = services.login_limits.message(normalize_email(input.email), context.client_address)
    await context.session.restart(None)
    password_hash = await services.passwords.hash(values.pop("password"))
    given = SignUp(**values, password_hash=password_hash)
    sent = await sign_up(
        context.session, given, attempt=attempt, messages=services.messages, ttl=services.terms.verification
    )
    services.outbox.send(sent)
    return Outcome()


async def _resend(context: Context, email: str) -> Outcome:
    services, address = context.services, normalize_email(email)
    attempt, ttl = services.login_limits.message(address, context.client_address), services.terms.verification
    sent = await request_verification(context.session, address, attempt=attempt, ttl=ttl)
    if sent is not None:
        services.outbox.send(services.messages.verification(sent.email, sent.token, ttl))
    return Outcome()


async def _verify(context: Context, token: str) -> Outcome:
    attempt = context.services.login_limits.token("verification", context.client_address)
    email = await verify(context.session, token, attempt=attempt)
    return refused(context, Invalid(INVALID_TOKEN, "token")) if email is None else Outcome()


@strawberry.type
class SignUpMutation:
    @most_calls(1)
    @public
    async def sign_up(self, info: Info, input: Input[inputs.SignUpInput]) -> inputs.SignUpPayload | None:
        """Create an organization with its owner, who verifies the address by a message and then logs in.

        Requires no login. The payload is the same for an address that is known already, which gets another message. A
        server without sign-up returns `ForbiddenError` with the code `SIGN_UP_DISABLED`. Allowed once per operation,
        and a few times per address and client in 15 minutes (`RATE_LIMITED`).
        """
        return cast_to(inputs.SignUpPayload, await _sign_up(info.context, input))

    @most_calls(1)
    @public
    async def verify_email(self, info: Info, input: Input[inputs.VerifyEmailInput]) -> inputs.VerifyEmailPayload | None:
        """Verify an email address by the token of a message, once. Requires no login. Log in afterwards.

        Allowed once per operation.
        """
        return cast_to(inputs.VerifyEmailPayload, await _verify(info.context, input.token))

    @most_calls(1)
    @public
    async def resend_verification(
        self, info: Info, input: Input[inputs.ResendVerificationInput]
    ) -> inputs.ResendVerificationPayload | None:
        """Send the message of `signUp` again, if the address is not verified yet. Requires no login.

        The payload is the same for an unknown address. Allowed once per operation, and a few times per address and
        client in 15 minutes (`RATE_LIMITED`).
        """
        return cast_to(inputs.ResendVerificationPayload, await _resend(info.context, input.email))
