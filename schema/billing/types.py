"""GraphQL types of orders, their lines and payments, and of their mutations."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.statements.edges import reverse
from graphql_app.views.described import field, optional
from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.records import Node
from graphql_app.views.view import extends, view
from schema.billing import models as m
from schema.inputs import EXPECTED_VERSION
from schema.ledger.models import Account, Transfer
from schema.people.models import Organization, User


@view(m.Order)
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

    organization = one(m.Order.organization)
    customer_account = one(m.Order.customer_account)
    created_by = one(m.Order.created_by)
    lines = many(m.Order.lines)
    payments = many(m.Order.payments)


@view(m.OrderLine)
class OrderLine(Node):
    position: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.OrderLine.organization)
    order = one(m.OrderLine.order)


@view(m.Payment)
class Payment(Node):
    status: m.PaymentStatus
    amount: Decimal
    currency: str
    failure: str | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Payment.organization)
    order = one(m.Payment.order)
    payee_account = one(m.Payment.payee_account)
    transfer = one(m.Payment.transfer)
    created_by = one(m.Payment.created_by)


@extends(Organization)
class OrganizationBilling:
    orders = many(reverse(m.Order.organization))
    order_lines = many(reverse(m.OrderLine.organization))
    payments = many(reverse(m.Payment.organization))


@extends(User)
class UserBilling:
    created_orders = many(reverse(m.Order.created_by))
    created_payments = many(reverse(m.Payment.created_by))


@extends(Account)
class AccountBilling:
    orders = many(reverse(m.Order.customer_account))
    received_payments = many(reverse(m.Payment.payee_account))


@extends(Transfer)
class TransferBilling:
    payment = one(reverse(m.Payment.transfer))


DESCRIPTION = "What is ordered: 1 to 500 characters."
QUANTITY = "How many, or how much: more than zero, with up to two decimal places."
UNIT_PRICE = "The price of one, in the order's currency: zero or more, and no finer than its smallest unit."


@input_of(m.Order, "An order to be drafted.")
class CreateOrderInput:
    customer_account_id: ID = field(
        "The id of the account that the customer will pay from; its currency is the order's."
    )
    note: str | None = optional("What else is to be known about it: 1 to 2,000 characters.")


@strawberry.type(description="The draft.")
class CreateOrderPayload(Payload):
    order = record(m.Order, "The new order, without lines; null when there are errors.")


@input_of(m.OrderLine, "A line to be added to a draft.")
class AddOrderLineInput:
    order_id: ID = field("The id of the order.")
    description: str = field(DESCRIPTION)
    quantity: Decimal = field(QUANTITY)
    unit_price: Decimal = field(UNIT_PRICE)


@strawberry.type(description="The line that was added.")
class AddOrderLinePayload(Payload):
    order_line = record(m.OrderLine, "The new line, the last one of its order; null when there are errors.")


@input_of(m.OrderLine, "What to change of a draft's line. What is left out stays as it is.")
class UpdateOrderLineInput:
    id: ID = field("The line's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    description: str | None = optional(DESCRIPTION)
    quantity: Decimal | None = optional(QUANTITY)
    unit_price: Decimal | None = optional(UNIT_PRICE)


@strawberry.type(description="The line that was changed.")
class UpdateOrderLinePayload(Payload):
    order_line = record(m.OrderLine, "The line as it is now; null when there are errors.")


@input_of(m.OrderLine, "A line to be removed from a draft.")
class RemoveOrderLineInput:
    id: ID = field("The line's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The line that was removed.")
class RemoveOrderLinePayload(Payload):
    deleted_id = deleted_id("The id of the line that is gone; null when there are errors.")
    order = record(m.Order, "The order without it; null when there are errors.")


@input_of(m.Payment, "An order to be paid.")
class PayOrderInput:
    order_id: ID = field("The id of the order.")
    payee_account_id: ID = field("The id of the organization's own account that is to receive the money.")
    expected_version: int | None = optional(
        "The order's version that you have seen: if it changed since, nothing is done."
    )


@strawberry.type(description="The payment.")
class PayOrderPayload(Payload):
    payment = record(m.Payment, "The payment as it stands now, also when it has failed; null when none was begun.")
