"""GraphQL types of orders, their lines and payments."""

from datetime import datetime
from decimal import Decimal

from graphql_app.identity.models import Organization, User
from graphql_app.sql.edges import reverse
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one
from schema.billing import models as m
from schema.ledger.models import Account, Transfer


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
