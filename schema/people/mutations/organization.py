"""Mutation of the organization."""

import strawberry

from graphql_app.database.transaction_sql import LOCK_TENANT
from graphql_app.mutations.input_checks import currency
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import optional
from schema.inputs import EXPECTED_VERSION
from schema.people import models as m
from schema.people.rules import organization


@input_of(m.Organization, "Input of `updateOrganization`. Omitted fields keep their values.")
class UpdateOrganizationInput:
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional("Name of the organization, 1-200 characters.")
    currency: str | None = optional(
        "Currency of the hourly rates (ISO 4217 code). Existing rates keep their amounts; they are not converted.",
        currency(),
    )


@strawberry.type(description="Payload of `updateOrganization`.")
class UpdateOrganizationPayload(Payload):
    organization = record(m.Organization, "The updated organization; null if there are errors.")


@strawberry.type
class OrganizationMutation:
    update_organization = mutation(
        organization.update_organization,
        UpdateOrganizationInput,
        UpdateOrganizationPayload,
        "Update the viewer's organization. Requires role OWNER.",
        begins_with=LOCK_TENANT,
    )
