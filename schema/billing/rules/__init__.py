"""Rules of orders, their lines and payments. They are independent of GraphQL.

Changes to an order hold the order's lock, then that of a payment, then those of accounts.
"""

from schema.billing.rules.lines import add_order_line, remove_order_line, update_order_line
from schema.billing.rules.orders import cancel, create_order, fulfil, place
from schema.billing.rules.payments import begin_payment

__all__ = [
    "add_order_line",
    "begin_payment",
    "cancel",
    "create_order",
    "fulfil",
    "place",
    "remove_order_line",
    "update_order_line",
]
