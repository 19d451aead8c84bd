"""Root fields of orders and payments."""

import strawberry

from graphql_app.mutations.mutation import mutation
from graphql_app.views.lists import connection
from graphql_app.views.records import by_id
from schema.billing import models as m
from schema.billing import rules, types
from schema.billing.paying import finish

NODES = (
    m.Order,
    m.OrderLine,
    m.Payment,
)


@strawberry.type
class Query:
    order = by_id(m.Order, "The order with this id; null when there is none.")
    orders = connection(m.Order, "The orders of the organization.")
    order_line = by_id(m.OrderLine, "The order line with this id; null when there is none.")
    order_lines = connection(m.OrderLine, "The lines of all orders.")
    payment = by_id(m.Payment, "The payment with this id; null when there is none.")
    payments = connection(m.Payment, "The payments for the orders of the organization.")


@strawberry.type
class Mutation:
    create_order = mutation(
        rules.create_order,
        types.CreateOrderInput,
        types.CreateOrderPayload,
        "Draft an order. Its number is the next one of the organization. Takes a manager or the owner. Error codes: "
        "`ILLEGAL_STATE` for an account that is closed.",
    )
    add_order_line = mutation(
        rules.add_order_line,
        types.AddOrderLineInput,
        types.AddOrderLinePayload,
        "Add a line at the end of a draft. Takes a manager or the owner. Error codes: `ILLEGAL_STATE` for an order "
        "that is no draft any more, `WRONG_CURRENCY` for what is finer than the currency's smallest unit.",
    )
    update_order_line = mutation(
        rules.update_order_line,
        types.UpdateOrderLineInput,
        types.UpdateOrderLinePayload,
        "Change a line of a draft. Takes a manager or the owner. Error codes: as of `addOrderLine`.",
    )
    remove_order_line = mutation(
        rules.remove_order_line,
        types.RemoveOrderLineInput,
        types.RemoveOrderLinePayload,
        "Remove a line from a draft; those after it move up. Takes a manager or the owner. Error codes: "
        "`ILLEGAL_STATE` for an order that is no draft any more.",
    )
    pay_order = mutation(
        rules.begin_payment,
        types.PayOrderInput,
        types.PayOrderPayload,
        "Pay an order that is placed: all of it, at once. First the payment is written down as `PENDING`, then the "
        "money moves, then the order is looked at again: it is paid, and the payment `SETTLED`; or it was cancelled or "
        "paid meanwhile, and the payment is `REFUNDED`. What is interrupted on the way is finished by a call with the "
        "same key, or else by the server itself. Takes a manager or the owner, and an idempotency key; is refused in "
        "`@transaction`. Error codes: `PAYMENT_FAILED`, beside the payment, when no money moved; `ILLEGAL_STATE` for "
        "an order that is not placed and an account that is closed; `WRONG_CURRENCY`.",
        needs_key=True,
        alone=True,
        continuation=finish,
    )
