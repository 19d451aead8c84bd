"""GraphQL type of workers, and the currency of an organization."""

from datetime import datetime
from decimal import Decimal

from graphql_app.context import Info
from graphql_app.identity.models import Organization, User
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import computed, field
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

    @computed("id")
    async def currency(self, info: Info) -> str:
        """Currency of the hourly rates (ISO 4217 code)."""
        organization: Organization = self  # type: ignore[assignment]  # a row of the model, not of this type
        settings = await info.context.loaders.by_id(m.OrganizationSettings, organization.id)
        return m.DEFAULT_CURRENCY if settings is None else settings.currency


@extends(User)
class UserPeople:
    worker = to_one(reverse(m.Worker.user))
