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
        "Place a draft: its lines and its total stay as they are from now on, and a task is made of each line. Takes "
        "a manager or the owner, and an idempotency key. Error codes: `ILLEGAL_STATE` for what is no draft, and for a "
        "draft that costs nothing.",
        needs_key=True,
    )
    cancel_order = mutation(
        rules.cancel_order,
        types.CancelOrderInput,
        types.CancelOrderPayload,
        "Call an order off, with those of its tasks that are not done. What was paid for it is given back; if that "
        "cannot be done at once, the payment stays `REFUNDING` until the server can. Takes a manager or the owner. "
        "Error codes: `ILLEGAL_STATE` for what was fulfilled or cancelled.",
        continuation=refund,
    )
    fulfil_order = mutation(
        rules.fulfil_order,
        types.FulfilOrderInput,
        types.FulfilOrderPayload,
        "Declare that everything of an order was done: it is paid, and all its tasks are done or were cancelled. Takes "
        "a manager or the owner. Error codes: `ILLEGAL_STATE` for what is not paid or not done.",
    )
