"""Root fields of orders and payments."""

import strawberry

from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.billing import models as m
from schema.billing.mutations import BillingMutation

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
class Mutation(BillingMutation):
    """Mutations of orders and payments."""
