"""GraphQL types of organizations, users and workers, and of log-in."""

from datetime import datetime
from decimal import Decimal

import strawberry

from graphql_app.mutations.payloads import Payload, record, secret
from graphql_app.types.declarations import field
from graphql_app.types.fields import restricted, to_one
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node, of_viewer
from schema.people import models as m


@model_type(m.Organization)
class Organization(Node):
    name: str
    currency: str
    created_at: datetime
    updated_at: datetime
    version: int

    users = to_many(m.Organization.users)
    workers = to_many(m.Organization.workers)


@model_type(m.User)
class User(Node):
    name: str
    email: str
    role: m.UserRole
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.User.organization)
    worker = to_one(m.User.worker)


@model_type(m.Worker)
class Worker(Node):
    name: str
    hourly_rate: Decimal | None = restricted(
        m.MANAGERS, "Cost of one hour of work, in the organization's currency; null for viewers with role MEMBER."
    )
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Worker.organization)
    user = to_one(m.Worker.user)


@strawberry.type(description="User and organization of the request's token.")
class Viewer:
    user = of_viewer(m.User, lambda viewer: viewer.user_id, "User of the token.")
    organization = of_viewer(m.Organization, lambda viewer: viewer.organization_id, "Organization of the user.")


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
