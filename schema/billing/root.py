"""Root fields of orders and payments."""

import strawberry

from graphql_app.mutations.mutation import mutation
from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
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
    order = by_id(m.Order, "Order with this ID; null if there is none.")
    orders = connection(m.Order, "Orders of the organization.")
    order_line = by_id(m.OrderLine, "Order line with this ID; null if there is none.")
    order_lines = connection(m.OrderLine, "Lines of all orders of the organization.")
    payment = by_id(m.Payment, "Payment with this ID; null if there is none.")
    payments = connection(m.Payment, "Payments of the organization's orders.")


@strawberry.type
class Mutation:
    create_order = mutation(
        rules.create_order,
        types.CreateOrderInput,
        types.CreateOrderPayload,
        "Create a draft order with the organization's next order number. Requires role OWNER or MANAGER. Error "
        "codes: `ILLEGAL_STATE` if the account is closed.",
    )
    add_order_line = mutation(
        rules.add_order_line,
        types.AddOrderLineInput,
        types.AddOrderLinePayload,
        "Add a line at the end of a draft order. Requires role OWNER or MANAGER. Error codes: `ILLEGAL_STATE` "
        "if the order is not a draft; `WRONG_CURRENCY` if an amount is finer than the currency's smallest unit.",
    )
    update_order_line = mutation(
        rules.update_order_line,
        types.UpdateOrderLineInput,
        types.UpdateOrderLinePayload,
        "Update a line of a draft order. Requires role OWNER or MANAGER. Error codes: as for `addOrderLine`.",
    )
    remove_order_line = mutation(
        rules.remove_order_line,
        types.RemoveOrderLineInput,
        types.RemoveOrderLinePayload,
        "Remove a line from a draft order. Later lines move up. Requires role OWNER or MANAGER. Error codes: "
        "`ILLEGAL_STATE` if the order is not a draft.",
    )
    pay_order = mutation(
        rules.begin_payment,
        types.PayOrderInput,
        types.PayOrderPayload,
        "Pay a placed order in full. The payment is first saved as `PENDING`; then the money moves; then the "
        "order is checked again: either it becomes paid and the payment `SETTLED`, or it was cancelled or paid "
        "in the meantime and the payment becomes `REFUNDED`. An interrupted payment is completed by a call "
        "with the same key, or by the server. Requires role OWNER or MANAGER and an idempotency key; not "
        "allowed in `@transaction`. Error codes: `PAYMENT_FAILED`, together with the payment, if no money "
        "moved; `ILLEGAL_STATE` if the order is not placed or an account is closed; `WRONG_CURRENCY` if the "
        "account has another currency than the order.",
        needs_key=True,
        standalone=True,
        continuation=finish,
    )
