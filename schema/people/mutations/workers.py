"""Mutations that create, change, deactivate, reactivate, link and unlink workers."""

from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.people import models as m
from schema.people.rules import workers

NAME = "What the worker is called: 1 to 200 characters."
HOURLY_RATE = "What an hour of the worker's time costs, in the organization's currency: 0 or more."
AS_IT_IS = "The worker as it is now; null when there are errors."


@input_of(m.Worker, "A worker to be created.")
class CreateWorkerInput:
    name: str = field(NAME)
    hourly_rate: Decimal = field(HOURLY_RATE)
    user_id: ID | None = optional("The id of the user who this worker is, if they log in.")


@strawberry.type(description="The worker who was created.")
class CreateWorkerPayload(Payload):
    worker = record(m.Worker, "The new worker; null when there are errors.")


@input_of(m.Worker, "What to change of a worker. What is left out stays as it is.")
class UpdateWorkerInput:
    id: ID = field("The worker's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    hourly_rate: Decimal | None = optional(f"{HOURLY_RATE} For owners and managers.")


@strawberry.type(description="The worker who was changed.")
class UpdateWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "A worker who shall take no more tasks.")
class DeactivateWorkerInput:
    id: ID = field("The worker's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The worker who takes no more tasks.")
class DeactivateWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "A worker who shall take tasks again.")
class ReactivateWorkerInput:
    id: ID = field("The worker's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The worker who takes tasks again.")
class ReactivateWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "A worker, and the user who they are.")
class LinkWorkerInput:
    id: ID = field("The worker's id.")
    user_id: ID = field("The id of the user, who is no other worker.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The worker who is the user now.")
class LinkWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@input_of(m.Worker, "A worker who is no user any more.")
class UnlinkWorkerInput:
    id: ID = field("The worker's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The worker who is no user now.")
class UnlinkWorkerPayload(Payload):
    worker = record(m.Worker, AS_IT_IS)


@strawberry.type
class WorkerMutation:
    create_worker = mutation(
        workers.create_worker, CreateWorkerInput, CreateWorkerPayload, "Create a worker. For owners and managers."
    )
    update_worker = mutation(
        workers.update_worker,
        UpdateWorkerInput,
        UpdateWorkerPayload,
        "Change a worker. Workers may change their own names; anything else requires role OWNER or MANAGER.",
    )
    deactivate_worker = mutation(
        workers.deactivate_worker,
        DeactivateWorkerInput,
        DeactivateWorkerPayload,
        "Let a worker take no more tasks. Those that they have stay assigned to them. Workers are never deleted, so "
        "that what they did keeps their name. For owners and managers.",
    )
    reactivate_worker = mutation(
        workers.reactivate_worker,
        ReactivateWorkerInput,
        ReactivateWorkerPayload,
        "Let a deactivated worker take tasks again. For owners and managers.",
    )
    link_worker = mutation(
        workers.link_worker,
        LinkWorkerInput,
        LinkWorkerPayload,
        "Set the user of a worker. A user belongs to at most one worker. Requires role OWNER or MANAGER.",
    )
    unlink_worker = mutation(
        workers.unlink_worker,
        UnlinkWorkerInput,
        UnlinkWorkerPayload,
        "Say that a worker is no user. Both stay. For owners and managers.",
    )
