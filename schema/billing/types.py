"""How orders, their lines and payments are shown."""

from datetime import datetime
from decimal import Decimal

from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.node import Node
from graphql_app.views.view import view
from schema.billing import models as m


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
    tasks = many(m.Order.tasks)
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
