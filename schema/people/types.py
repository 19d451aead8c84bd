"""GraphQL type of workers."""

from datetime import datetime
from decimal import Decimal

from graphql_app.identity.models import Organization, User
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import field
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one
from schema.people import models as m
from schema.rights import MONEY_OR_NULL


@model_type(m.Worker)
class Worker(Node):
    name: str
    hourly_rate: Decimal | None = field(**MONEY_OR_NULL)
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Worker.organization)
    user = to_one(m.Worker.user)


@extends(Organization)
class OrganizationPeople:
    workers = to_many(reverse(m.Worker.organization))


@extends(User)
class UserPeople:
    worker = to_one(reverse(m.Worker.user))
