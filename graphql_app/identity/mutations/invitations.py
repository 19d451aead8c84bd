"""Mutations of invitations, for owners, and their acceptance."""

import strawberry

from graphql_app.context import Context, Info
from graphql_app.errors import Invalid
from graphql_app.identity.inputs import invitations as inputs
from graphql_app.identity.inputs.users import OWNERS
from graphql_app.identity.invitations import Acceptance, accept
from graphql_app.identity.mutations.sessions import refused
from graphql_app.identity.rules import invitations
from graphql_app.mutations.inputs import Input, InputValues
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Outcome
from graphql_app.types.declarations import cast_to, most_calls, public

INVALID = "The invitation is invalid, was accepted or revoked, or has expired. Ask an owner to send it again."


async def _with_ttl(context: Context, values: InputValues) -> InputValues:
    return {**values, "ttl": context.services.terms.invitation}


def _send(context: Context, sent: invitations.SentInvitation) -> None:
    """Send the message with an invitation."""
    context.services.outbox.send(
        context.services.messages.invitation(sent.email, sent.token, sent.organization, sent.inviter, sent.ttl)
    )


async def _accept(context: Context, token: str, password: str | None) -> Outcome:
    services, caller = context.services, context.caller
    # an API key is not its user's session
    viewer = caller if caller is not None and caller.scopes is None else None
    attempt = services.login_limits.token("invitation", context.client_address)
    try:
        accepted = await accept(
            context.session,
            Acceptance(token, password, viewer),
            attempt=attempt,
            passwords=services.passwords,
            policy=services.password_policy,
        )
    except Invalid as error:
        return refused(context, error)
    return refused(context, Invalid(INVALID, "token")) if accepted is None else Outcome(secret=accepted)


@strawberry.type
class InvitationMutation:
    invite_user = mutation(
        invitations.invite_user,
        inputs.InviteUserInput,
        inputs.InviteUserPayload,
        "Invite an email address to the organization, with a role. A message with a token for `acceptInvitation` is "
        "sent to it.",
        prepare=_with_ttl,
        after_commit=_send,
        roles=OWNERS,
    )
    resend_invitation = mutation(
        invitations.resend_invitation,
        inputs.ResendInvitationInput,
        inputs.ResendInvitationPayload,
        "Send an invitation again. Its time starts anew, and the token of the earlier message becomes invalid.",
        prepare=_with_ttl,
        after_commit=_send,
        roles=OWNERS,
    )
    revoke_invitation = mutation(
        invitations.revoke_invitation,
        inputs.RevokeInvitationInput,
        inputs.RevokeInvitationPayload,
        "Delete an invitation, which can no longer be accepted.",
        roles=OWNERS,
    )

    @most_calls(1)
    @public
    async def accept_invitation(
        self, info: Info, input: Input[inputs.AcceptInvitationInput]
    ) -> inputs.AcceptInvitationPayload | None:
        """Become a user of the organization of an invitation, once. Requires no login.

        An address that logs in already accepts with its password, or with a token of its session in the header. Any
        other address gets the given password and counts as verified. Without a password, the codes
        `NEW_PASSWORD_REQUIRED` and `PASSWORD_REQUIRED` state which one is missing. Continue with `logIn` or
        `switchOrganization`. Allowed once per operation.
        """
        password = input.password if isinstance(input.password, str) else None
        return cast_to(inputs.AcceptInvitationPayload, await _accept(info.context, input.token, password))
