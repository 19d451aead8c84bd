"""Root fields of organizations, users and sessions."""

from typing import Annotated

import strawberry

from graphql_app.authorization import IDENTITY
from graphql_app.context import Info
from graphql_app.identity import models as m
from graphql_app.identity import types
from graphql_app.identity.mutations.api_keys import ApiKeyMutation
from graphql_app.identity.mutations.invitations import InvitationMutation
from graphql_app.identity.mutations.passwords import PasswordMutation
from graphql_app.identity.mutations.sessions import SessionMutation
from graphql_app.identity.mutations.sign_up import SignUpMutation
from graphql_app.identity.mutations.totp import TotpMutation
from graphql_app.identity.mutations.users import OrganizationMutation, UserMutation
from graphql_app.types.costs import cost
from graphql_app.types.declarations import cast_to, public, resolved
from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from graphql_app.types.requirements import require_scope

NODES = (m.Organization, m.User, m.ApiKey, m.Invitation)


@strawberry.type
class Query:
    organization = by_id(m.Organization, "Organization with this ID; null unless it is the viewer's own.")
    organizations = connection(m.Organization, "Organizations that are visible to the viewer: only the viewer's own.")
    user = by_id(m.User, "User with this ID; null if there is none.")
    users = connection(m.User, "Users of the organization.")
    api_key = by_id(m.ApiKey, "API key with this ID; null if there is none.")
    api_keys = connection(m.ApiKey, "API keys of the organization for owners; for other users, their own.")

    invitation = by_id(m.Invitation, "Invitation with this ID; null if there is none. Visible to owners only.")
    invitations = connection(m.Invitation, "Open invitations, including expired ones. Visible to owners only.")

    @resolved
    def viewer(self, info: Info) -> types.ViewerType:
        """Viewer: the authenticated user and organization."""
        return cast_to(types.ViewerType, info.context.viewer)

    @cost(0)
    @public
    def rate_limit(
        self,
        info: Info,
        dry_run: Annotated[
            bool, strawberry.argument(description="Computes the cost without executing other fields, which are null.")
        ] = False,
    ) -> types.RateLimitType | None:
        """Rate limit of the client and the cost of this operation; null without a limit."""
        operation = info.context.operation
        status = None if operation is None else operation.rate
        return None if status is None else cast_to(types.RateLimitType, status)


@strawberry.type
class Mutation(
    OrganizationMutation,
    UserMutation,
    InvitationMutation,
    SignUpMutation,
    SessionMutation,
    PasswordMutation,
    TotpMutation,
    ApiKeyMutation,
):
    """Mutations of organizations, users, sessions and API keys."""


# without this scope, an API key could create a user or a key with more rights than its own
require_scope(Mutation, IDENTITY)
