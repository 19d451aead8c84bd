"""Root fields of organizations, users and workers, and log-in."""

import strawberry

from graphql_app.context import Info
from graphql_app.mutations.inputs import Input
from graphql_app.views.described import most_calls, public, resolved, shown_as
from graphql_app.views.lists import connection
from graphql_app.views.records import by_id
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
    organization = by_id(m.Organization, "The organization with this id; null unless it is your own.")
    organizations = connection(m.Organization, "The organizations you can see: your own.")
    user = by_id(m.User, "The user with this id; null when there is none.")
    users = connection(m.User, "The users of the organization.")
    worker = by_id(m.Worker, "The worker with this id; null when there is none.")
    workers = connection(m.Worker, "The workers of the organization.")

    @resolved
    def viewer(self, info: Info) -> types.Viewer:
        """User and organization that the request's token belongs to."""
        return shown_as(types.Viewer, info.context.viewer)


@strawberry.type
class Mutation(OrganizationMutation, UserMutation, WorkerMutation):
    @most_calls(1)
    @public
    async def log_in(self, info: Info, input: Input[types.LogInInput]) -> types.LogInPayload | None:
        """Exchange an email address and a password for a token. Needs no token itself.

        At most once per operation (`COST_LIMIT_EXCEEDED`). After too many failures of the account or from the client's
        address it is `RATE_LIMITED`: wait for the seconds in `extensions.retryAfter`.
        """
        return shown_as(types.LogInPayload, await log_in(info.context, input.email, input.password))
