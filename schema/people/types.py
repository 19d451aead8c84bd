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
        m.MANAGERS, "Cost of one hour of work, in the organization's currency; null for viewers with role MEMBER."
    )
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Worker.organization)
    user = one(m.Worker.user)


@strawberry.type(description="User and organization of the request's token.")
class Viewer:
    user = mine(m.User, lambda viewer: viewer.user_id, "User of the token.")
    organization = mine(m.Organization, lambda viewer: viewer.organization_id, "Organization of the user.")


@strawberry.input(description="Input of `logIn`.")
class LogInInput:
    email: str = field("Email address, case-insensitive.")
    password: str = field("Password of the user.")


@strawberry.type(description="Payload of `logIn`.")
class LogInPayload(Payload):
    token = secret(
        str | None,
        "Bearer token, to be sent as `Authorization: Bearer <token>`. It is shown only once; null if there are errors.",
    )
    user = record(m.User, "User who logged in; null if there are errors.")
