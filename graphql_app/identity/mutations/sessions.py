"""Mutations of sessions. Login and refresh are the operations that begin without an organization."""

from uuid import UUID

import strawberry

from graphql_app.context import Context, Info
from graphql_app.database.connection import PooledConnection
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, RateLimited, RuleError
from graphql_app.identity.authentication import (
    Client,
    Login,
    OpenedSession,
    log_in,
    normalize_email,
    refresh,
)
from graphql_app.identity.inputs import sessions as inputs
from graphql_app.identity.inputs.sessions import IssuedTokens
from graphql_app.identity.rules import sessions
from graphql_app.models.kinds.texts import read_id
from graphql_app.mutations.inputs import Input
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Outcome
from graphql_app.types.declarations import cast_to, most_calls, public, resolved
from graphql_app.viewer import Viewer

WRONG = "Invalid email address or password."
ENDED = "The refresh token is invalid or has expired, or its session has ended. Log in again."


def refused(context: Context, *errors: RuleError) -> Outcome:
    """Return the outcome with these errors, and note them for the log."""
    context.note_user_errors(errors)
    return Outcome(errors=errors)


def client_of(context: Context) -> Client:
    """Return the client of the operation."""
    return Client(context.client_address, context.user_agent)


async def entered(context: Context, viewer: Viewer, refresh_token: str | None = None) -> Outcome:
    """Continue the operation as the viewer of a session, and return the outcome with its tokens."""
    await context.become(viewer)
    issued = context.services.tokens.issue(viewer)
    return Outcome(viewer.user_id, secret=IssuedTokens(issued.text, issued.expires_at, refresh_token))


async def opened_or_refused(context: Context, opened: OpenedSession | None, error: RuleError) -> Outcome:
    """Return the outcome of a session that was opened, or with the error if none was."""
    return refused(context, error) if opened is None else await entered(context, opened.viewer, opened.refresh_token)


async def _log_in(context: Context, login: Login) -> Outcome:
    services = context.services
    attempt = services.login_limits.attempt(normalize_email(login.email), context.client_address)
    # an operation that waits holds no connection
    await context.session.restart(None)
    async with attempt.turn:
        try:
            opened = await log_in(
                context.session,
                login,
                client_of(context),
                attempt=attempt,
                passwords=services.passwords,
                terms=services.session_terms,
            )
        except Invalid as error:
            services.metrics.logins.labels("refused").inc()
            return refused(context, error)
        except RateLimited:
            services.metrics.logins.labels("limited").inc()
            raise
    services.metrics.logins.labels("refused" if opened is None else "succeeded").inc()
    return await opened_or_refused(context, opened, Invalid(WRONG))


async def _refresh(context: Context, token: str) -> Outcome:
    services = context.services
    attempt = services.login_limits.token("refresh token", context.client_address)
    opened = await refresh(context.session, token, client_of(context), attempt=attempt, terms=services.session_terms)
    return await opened_or_refused(context, opened, Invalid(ENDED, "refreshToken"))


async def _switch(context: Context, organization_id: str) -> Outcome:
    viewer = context.viewer

    async def work(connection: PooledConnection) -> Viewer:
        return await sessions.switch_session(WriteTransaction(connection, viewer.organization_id, viewer), wanted)

    try:
        wanted = _organization(organization_id)
        switched = await context.session.write(work)
    except RuleError as error:
        return refused(context, error)
    return await entered(context, switched)


def _organization(text: str) -> UUID:
    try:
        return read_id(text)
    except ValueError as error:
        raise Invalid(str(error), "organizationId") from None


@strawberry.type
class SessionMutation:
    log_out = mutation(
        sessions.log_out,
        inputs.LogOutInput,
        inputs.LogOutPayload,
        "End this session, or all sessions of the identity on all devices. Its tokens become invalid.",
    )
    revoke_session = mutation(
        sessions.revoke_session,
        inputs.RevokeSessionInput,
        inputs.RevokeSessionPayload,
        "End a session of the viewer's identity, for example on a lost device. Its tokens become invalid.",
    )

    @most_calls(1)
    @public
    async def log_in(self, info: Info, input: Input[inputs.LogInInput]) -> inputs.LogInPayload | None:
        """Exchange an email address and a password for tokens. Requires no token, and ignores an invalid one.

        If the identity has enabled an authenticator app, the code `TOTP_REQUIRED` requests a call with `totpCode`, and
        `TOTP_INVALID` rejects a wrong or used code.

        Allowed once per operation (`COST_LIMIT_EXCEEDED`). After too many failures for the account or from the client's
        address, it fails with `RATE_LIMITED`: wait for the seconds in `extensions.retryAfter`.
        """
        given = input.organization_id
        try:
            wanted = _organization(given) if isinstance(given, str) else None
        except Invalid as error:
            return cast_to(inputs.LogInPayload, refused(info.context, error))
        code = input.totp_code if isinstance(input.totp_code, str) else None
        login = Login(input.email, input.password, wanted, code)
        return cast_to(inputs.LogInPayload, await _log_in(info.context, login))

    @most_calls(1)
    @public
    async def refresh_session(
        self, info: Info, input: Input[inputs.RefreshSessionInput]
    ) -> inputs.RefreshSessionPayload | None:
        """Exchange a refresh token for new tokens. Requires no access token, and ignores an invalid one.

        A refresh token can be exchanged once. Within 30 seconds it may be exchanged again, which covers a lost response
        and a second tab. A later use ends the session: the token may have been stolen. Allowed once per operation.
        """
        return cast_to(inputs.RefreshSessionPayload, await _refresh(info.context, input.refresh_token))

    @most_calls(1)
    @resolved
    async def switch_organization(
        self, info: Info, input: Input[inputs.SwitchOrganizationInput]
    ) -> inputs.SwitchOrganizationPayload | None:
        """Move this session to another organization of the identity. Tokens for the previous one become invalid.

        The refresh token stays the same. Allowed once per operation.
        """
        return cast_to(inputs.SwitchOrganizationPayload, await _switch(info.context, input.organization_id))
