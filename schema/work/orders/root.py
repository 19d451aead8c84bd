"""Root fields that place, cancel and fulfil orders with their tasks."""

import strawberry

from graphql_app.mutations.mutation import mutation
from schema.billing.paying import refund
from schema.work.orders import rules, types


@strawberry.type
class OrderMutation:
    place_order = mutation(
        rules.place_order,
        types.PlaceOrderInput,
        types.PlaceOrderPayload,
        "Place a draft order. Its lines and total become final, and a task is created for each line. Requires "
        "role OWNER or MANAGER and an idempotency key. Error codes: `ILLEGAL_STATE` if the order is not a "
        "draft or its total is zero.",
        needs_key=True,
    )
    cancel_order = mutation(
        rules.cancel_order,
        types.CancelOrderInput,
        types.CancelOrderPayload,
        "Cancel an order and those of its tasks that are not done. A payment is refunded; if that is not "
        "possible immediately, it stays `REFUNDING` until the server completes the refund. Requires role OWNER "
        "or MANAGER. Error codes: `ILLEGAL_STATE` if the order is fulfilled or cancelled.",
        continuation=refund,
    )
    fulfil_order = mutation(
        rules.fulfil_order,
        types.FulfilOrderInput,
        types.FulfilOrderPayload,
        "Mark an order as fulfilled. It must be paid, and all its tasks must be done or cancelled. Requires "
        "role OWNER or MANAGER. Error codes: `ILLEGAL_STATE` if it is not paid or has unfinished tasks.",
    )
