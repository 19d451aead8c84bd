"""The root fields of orders and payments."""

import strawberry

from graphql_app.views.lists import connection
from graphql_app.views.records import by_id
from schema.billing import models as m

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
