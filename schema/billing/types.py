"""GraphQL types of orders, their lines and payments, and of their mutations."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.sql.edges import reverse
from graphql_app.types.descriptions import field, optional
from graphql_app.types.fields import to_one
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from schema.billing import models as m
from schema.inputs import EXPECTED_VERSION
from schema.ledger.models import Account, Transfer
from schema.people.models import Organization, User


@model_type(m.Order)
class Order(Node):
    number: int
    status: m.OrderStatus
    currency: str
    total: Decimal
    note: str | None
    placed_at: datetime | None
    paid_at: datetime | None
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Order.organization)
    customer_account = to_one(m.Order.customer_account)
    created_by = to_one(m.Order.created_by)
    lines = to_many(m.Order.lines)
    payments = to_many(m.Order.payments)


@model_type(m.OrderLine)
class OrderLine(Node):
    position: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.OrderLine.organization)
    order = to_one(m.OrderLine.order)


@model_type(m.Payment)
class Payment(Node):
    status: m.PaymentStatus
    amount: Decimal
    currency: str
    failure: str | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Payment.organization)
    order = to_one(m.Payment.order)
    payee_account = to_one(m.Payment.payee_account)
    transfer = to_one(m.Payment.transfer)
    created_by = to_one(m.Payment.created_by)


@extends(Organization)
class OrganizationBilling:
    orders = to_many(reverse(m.Order.organization))
    order_lines = to_many(reverse(m.OrderLine.organization))
    payments = to_many(reverse(m.Payment.organization))


@extends(User)
class UserBilling:
    created_orders = to_many(reverse(m.Order.created_by))
    created_payments = to_many(reverse(m.Payment.created_by))


@extends(Account)
class AccountBilling:
    orders = to_many(reverse(m.Order.customer_account))
    received_payments = to_many(reverse(m.Payment.payee_account))


@extends(Transfer)
class TransferBilling:
    payment = to_one(reverse(m.Payment.transfer))


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
    payment = record(m.Payment, "The payment, also if it failed; null if no payment was started.")
