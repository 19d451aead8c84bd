"""Mutations that place, cancel and fulfil orders together with their tasks."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional
from schema.billing.models import Order
from schema.billing.payment_continuation import refund
from schema.rights import MONEY_RIGHTS
from schema.work.rules import orders

ORDER = "ID of the order."
NOW = "The updated order; null if there are errors."


@input_of(Order, "Input of `placeOrder`.")
class PlaceOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `placeOrder`.")
class PlaceOrderPayload(Payload):
    order = record(Order, NOW)


@input_of(Order, "Input of `cancelOrder`.")
class CancelOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `cancelOrder`.")
class CancelOrderPayload(Payload):
    order = record(Order, NOW)


@input_of(Order, "Input of `fulfilOrder`.")
class FulfilOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `fulfilOrder`.")
class FulfilOrderPayload(Payload):
    order = record(Order, NOW)


@strawberry.type
class OrderMutation:
    place_order = mutation(
        orders.place_order,
        PlaceOrderInput,
        PlaceOrderPayload,
        "Place a draft order. Its lines and total become final, and a task is created for each line. "
        "Requires an idempotency key. Error codes: `ILLEGAL_STATE` if the order is not a draft or its total "
        "is zero.",
        needs_key=True,
        **MONEY_RIGHTS,
    )
    cancel_order = mutation(
        orders.cancel_order,
        CancelOrderInput,
        CancelOrderPayload,
        "Cancel an order and its unfinished tasks. A payment is refunded; if that is not "
        "possible immediately, it stays `REFUNDING` until the server completes the refund. Error codes: "
        "`ILLEGAL_STATE` if the order is fulfilled or cancelled.",
        continuation=refund,
        **MONEY_RIGHTS,
    )
    fulfil_order = mutation(
        orders.fulfil_order,
        FulfilOrderInput,
        FulfilOrderPayload,
        "Mark an order as fulfilled. It must be paid, and all its tasks must be done or cancelled. Error "
        "codes: `ILLEGAL_STATE` if it is not paid or has unfinished tasks.",
        **MONEY_RIGHTS,
    )
