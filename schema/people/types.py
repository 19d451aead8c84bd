"""GraphQL types of organizations, users and workers, and of log-in."""

from datetime import datetime
from decimal import Decimal

import strawberry

from graphql_app.mutations.payloads import Payload, record, secret
from graphql_app.views.described import field
from graphql_app.views.fields import one, restricted
from graphql_app.views.lists import many
from graphql_app.views.records import Node, mine
from graphql_app.views.view import view
from schema.people import models as m


@view(m.Organization)
class Organization(Node):
    name: str
    currency: str
    created_at: datetime
    updated_at: datetime
    version: int

    users = many(m.Organization.users)
    workers = many(m.Organization.workers)


@view(m.User)
class User(Node):
    name: str
    email: str
    role: m.UserRole
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.User.organization)
    worker = one(m.User.worker)


@view(m.Worker)
class Worker(Node):
    name: str
    hourly_rate: Decimal | None = restricted(
        m.MANAGERS, "What an hour of the worker's time costs, in the organization's currency; null unless you manage."
    )
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Worker.organization)
    user = one(m.Worker.user)


@strawberry.type(description="The user whom the request's token belongs to, and the organization.")
class Viewer:
    user = mine(m.User, lambda viewer: viewer.user_id, "The user who is logged in.")
    organization = mine(m.Organization, lambda viewer: viewer.organization_id, "The organization they work for.")


@strawberry.input(description="An address and its password.")
class LogInInput:
    email: str = field("The e-mail address, in capitals or not.")
    password: str = field("The password.")


@strawberry.type(description="What logging in gives.")
class LogInPayload(Payload):
    token = secret(str | None, "The bearer token: send it as `Authorization: Bearer <token>`. Shown this once.")
    user = record(m.User, "Who logged in; null when there are errors.")
