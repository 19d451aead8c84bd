"""How orders, their lines and payments are shown."""

from datetime import datetime
from decimal import Decimal

from graphql_app.statements.edges import reverse
from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.node import Node
from graphql_app.views.view import extends, view
from schema.billing import models as m
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
