"""Mutation of the organization."""

import strawberry

from graphql_app.database.transactions import LOCK_TENANT
from graphql_app.mutations.input_checks import currency
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.views.described import optional
from schema.inputs import EXPECTED_VERSION
from schema.people import models as m
from schema.people.rules import organization


@input_of(m.Organization, "What to change of the viewer's organization. What is left out stays as it is.")
class UpdateOrganizationInput:
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional("What it is called: 1 to 200 characters.")
    currency: str | None = optional(
        "The currency of its hourly rates, by its ISO 4217 code. The rates keep their figures: they are not converted.",
        currency(),
    )


@strawberry.type(description="The organization that was changed.")
class UpdateOrganizationPayload(Payload):
    organization = record(m.Organization, "The organization as it is now; null when there are errors.")


@strawberry.type
class OrganizationMutation:
    update_organization = mutation(
        organization.update_organization,
        UpdateOrganizationInput,
        UpdateOrganizationPayload,
        "Change the viewer's organization. For owners.",
        begins_with=LOCK_TENANT,
    )
