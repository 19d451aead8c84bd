"""Mutations of orders, their lines and payments: inputs, payloads and root fields."""

from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.types.declarations import field, optional
from schema.billing import models as m
from schema.billing import rules
from schema.billing.payment_continuation import finish
from schema.rights import MONEY_RIGHTS

DESCRIPTION = "Description of the item, 1-500 characters."
QUANTITY = "Quantity, greater than zero, with up to two decimal places."
UNIT_PRICE = (
    "Price per unit, in the order's currency. Must be zero or more, and not finer than the currency's smallest unit."
)


@input_of(m.Order, "Input of `createOrder`.")
class CreateOrderInput:
    customer_account_id: ID = field(
        "ID of the account from which the customer pays. Its currency becomes the currency of the order."
    )
    note: str | None = optional("Note on the order, 1-2,000 characters.")


@strawberry.type(description="Payload of `createOrder`.")
class CreateOrderPayload(Payload):
    order = record(m.Order, "The created order, without lines; null if there are errors.")


@input_of(m.OrderLine, "Input of `addOrderLine`.")
class AddOrderLineInput:
    order_id: ID = field("ID of the order.")
    description: str = field(DESCRIPTION)
    quantity: Decimal = field(QUANTITY)
    unit_price: Decimal = field(UNIT_PRICE)


@strawberry.type(description="Payload of `addOrderLine`.")
class AddOrderLinePayload(Payload):
    order_line = record(m.OrderLine, "The created line, the last of its order; null if there are errors.")


@input_of(m.OrderLine, "Input of `updateOrderLine`. Omitted fields keep their values.")
class UpdateOrderLineInput:
    id: ID = field("ID of the order line.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    description: str | None = optional(DESCRIPTION)
    quantity: Decimal | None = optional(QUANTITY)
    unit_price: Decimal | None = optional(UNIT_PRICE)


@strawberry.type(description="Payload of `updateOrderLine`.")
class UpdateOrderLinePayload(Payload):
    order_line = record(m.OrderLine, "The updated line; null if there are errors.")


@input_of(m.OrderLine, "Input of `removeOrderLine`.")
class RemoveOrderLineInput:
    id: ID = field("ID of the order line.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `removeOrderLine`.")
class RemoveOrderLinePayload(Payload):
    deleted_id = deleted_id("ID of the removed line; null if there are errors.")
    order = record(m.Order, "The order without the line; null if there are errors.")


@input_of(m.Payment, "Input of `payOrder`.")
class PayOrderInput:
    order_id: ID = field("ID of the order.")
    payee_account_id: ID = field("ID of the account that receives the money. Must be an account of kind OWN.")
    expected_version: int | None = optional(
        "Expected version of the order. If it has another version, nothing is changed and a `ConflictError` is "
        "returned."
    )


@strawberry.type(description="Payload of `payOrder`.")
class PayOrderPayload(Payload):
    payment = record(m.Payment, "The payment, even if it failed; null if no payment was started.")


@strawberry.type
class BillingMutation:
    create_order = mutation(
        rules.create_order,
        CreateOrderInput,
        CreateOrderPayload,
        "Create a draft order with the organization's next order number. Error codes: `ILLEGAL_STATE` if the "
        "account is closed.",
        **MONEY_RIGHTS,
    )
    add_order_line = mutation(
        rules.add_order_line,
        AddOrderLineInput,
        AddOrderLinePayload,
        "Add a line at the end of a draft order. Error codes: `ILLEGAL_STATE` if the order is not a draft; "
        "`WRONG_CURRENCY` if an amount is finer than the currency's smallest unit.",
        **MONEY_RIGHTS,
    )
    update_order_line = mutation(
        rules.update_order_line,
        UpdateOrderLineInput,
        UpdateOrderLinePayload,
        "Update a line of a draft order. Error codes: as for `addOrderLine`.",
        **MONEY_RIGHTS,
    )
    remove_order_line = mutation(
        rules.remove_order_line,
        RemoveOrderLineInput,
        RemoveOrderLinePayload,
        "Remove a line from a draft order. Later lines move up. Error codes: `ILLEGAL_STATE` if the order is "
        "not a draft.",
        **MONEY_RIGHTS,
    )
    pay_order = mutation(
        rules.begin_payment,
        PayOrderInput,
        PayOrderPayload,
        "Pay a placed order in full. The payment is first saved as `PENDING`; then the money moves; then the "
        "order is checked again: either it becomes paid and the payment `SETTLED`, or it was cancelled or "
        "paid in the meantime and the payment becomes `REFUNDED`. An interrupted payment is completed by a "
        "call with the same key, or by the server. Requires an idempotency key; not allowed in "
        "`@transaction`. Error codes: `PAYMENT_FAILED`, together with the payment, if no money moved; "
        "`ILLEGAL_STATE` if the order is not placed or an account is closed; `WRONG_CURRENCY` if the account "
        "and the order have different currencies.",
        needs_key=True,
        standalone=True,
        continuation=finish,
        **MONEY_RIGHTS,
    )
