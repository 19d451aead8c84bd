"""Root fields of organizations, users and workers, and log-in."""

import strawberry

from graphql_app.context import Info
from graphql_app.mutations.inputs import Input
from graphql_app.types.declarations import cast_to, most_calls, public, resolved
from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.people import models as m
from schema.people import types
from schema.people.login import log_in
from schema.people.mutations.organization import OrganizationMutation
from schema.people.mutations.users import UserMutation
from schema.people.mutations.workers import WorkerMutation

NODES = (
    m.Organization,
    m.User,
    m.Worker,
)


@strawberry.type
class Query:
    organization = by_id(m.Organization, "Organization with this ID; null unless it is the viewer's own.")
    organizations = connection(m.Organization, "Organizations that are visible to the viewer: only the viewer's own.")
    user = by_id(m.User, "User with this ID; null if there is none.")
    users = connection(m.User, "Users of the organization.")
    worker = by_id(m.Worker, "Worker with this ID; null if there is none.")
    workers = connection(m.Worker, "Workers of the organization.")

    @resolved
    def viewer(self, info: Info) -> types.Viewer:
        """User and organization of the request's token."""
        return cast_to(types.Viewer, info.context.viewer)


@strawberry.type
class Mutation(OrganizationMutation, UserMutation, WorkerMutation):
    @most_calls(1)
    @public
    async def log_in(self, info: Info, input: Input[types.LogInInput]) -> types.LogInPayload | None:
        """Exchange an email address and a password for a token. Requires no token.

        Allowed once per operation (`COST_LIMIT_EXCEEDED`). After too many failures for the account or from the client's
        address, it fails with `RATE_LIMITED`: wait for the seconds in `extensions.retryAfter`.
        """
        return cast_to(types.LogInPayload, await log_in(info.context, input.email, input.password))
