"""Mutations of workers, and of the currency of their rates."""

from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.identity.models import MANAGERS, Organization, UserRole
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional
from schema.people import models as m
from schema.people import rules
from schema.rights import MONEY_RIGHTS

NAME = "Name of the worker, 1-200 characters in one line."
HOURLY_RATE = "Cost of one hour of work, in the organization's currency. Must be 0 or more."
AS_IT_IS = "The updated worker; null if there are errors."


@input_of(m.Worker, "Input of `createWorker`.")
class CreateWorkerInput:
    name: str = field(NAME)
    hourly_rate: Decimal = field(HOURLY_RATE)
    user_id: ID | None = optional("ID of the user linked to the worker; null for a worker who does not log in.")


@strawberry.type(description="Payload of `createWorker`.")
class CreateWorkerPayload(Payload):
    worker = record(m.Worker, "The created worker; null if there are errors.")


@input_of(m.Worker, "Input of `updateWorker`. Omitted fields keep their values.")
class UpdateWorkerInput:
    id: ID = field("ID of the worker.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    hourly_rate: Decimal | None = optional(HOURLY_RATE, **MONEY_RIGHTS)


@strawberry.type(description="Payload of `updateWorker`.")
class UpdateWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "Input of `deactivateWorker`.")
class DeactivateWorkerInput:
    id: ID = field("ID of the worker.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deactivateWorker`.")
class DeactivateWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "Input of `reactivateWorker`.")
class ReactivateWorkerInput:
    id: ID = field("ID of the worker.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `reactivateWorker`.")
class ReactivateWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "Input of `linkWorker`.")
class LinkWorkerInput:
    id: ID = field("ID of the worker.")
    user_id: ID = field("ID of the user. The user must not be linked to another worker.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `linkWorker`.")
class LinkWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "Input of `unlinkWorker`.")
class UnlinkWorkerInput:
    id: ID = field("ID of the worker.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `unlinkWorker`.")
class UnlinkWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.OrganizationSettings, "Input of `changeCurrency`.")
class ChangeCurrencyInput:
    currency: str = field(
        "New currency of the hourly rates (ISO 4217 code). Existing rates keep their amounts; they are not converted."
    )


@strawberry.type(description="Payload of `changeCurrency`.")
class ChangeCurrencyPayload(Payload):
    organization = record(Organization, "The organization; null if there are errors.")


@strawberry.type
class CurrencyMutation:
    change_currency = mutation(
        rules.change_currency,
        ChangeCurrencyInput,
        ChangeCurrencyPayload,
        "Change the currency of the organization's hourly rates.",
        roles=(UserRole.OWNER,),
    )


@strawberry.type
class WorkerMutation:
    create_worker = mutation(
        rules.create_worker,
        CreateWorkerInput,
        CreateWorkerPayload,
        "Create a worker.",
        roles=MANAGERS,
    )
    update_worker = mutation(
        rules.update_worker,
        UpdateWorkerInput,
        UpdateWorkerPayload,
        "Update a worker. Users may update the name of the worker that is linked to them; everything else "
        "requires role OWNER or MANAGER.",
    )
    deactivate_worker = mutation(
        rules.deactivate_worker,
        DeactivateWorkerInput,
        DeactivateWorkerPayload,
        "Deactivate a worker, to whom no more tasks can be assigned. Tasks that are already assigned to the "
        "worker stay assigned. Workers are never deleted, so completed work keeps its worker.",
        roles=MANAGERS,
    )
    reactivate_worker = mutation(
        rules.reactivate_worker,
        ReactivateWorkerInput,
        ReactivateWorkerPayload,
        "Reactivate a deactivated worker, to whom tasks can then be assigned again.",
        roles=MANAGERS,
    )
    link_worker = mutation(
        rules.link_worker,
        LinkWorkerInput,
        LinkWorkerPayload,
        "Link a worker to a user. A user can be linked to at most one worker.",
        roles=MANAGERS,
    )
    unlink_worker = mutation(
        rules.unlink_worker,
        UnlinkWorkerInput,
        UnlinkWorkerPayload,
        "Unlink a worker from its user. Neither is deleted.",
        roles=MANAGERS,
    )
