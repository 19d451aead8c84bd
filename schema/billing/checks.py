"""Checks of orders and payments."""

from graphql_app.doctor.rows import RowCheck
from schema.ledger.checks import RESTORE

TOTALS = RowCheck(
    name="order totals",
    query="""
        SELECT orders.organization_id AS organization, number, id AS "order", total, coalesce(sum, 0) AS lines
        FROM orders LEFT JOIN (
            SELECT organization_id, order_id, sum(amount) FROM order_lines GROUP BY organization_id, order_id
        ) AS sums ON sums.organization_id = orders.organization_id AND order_id = id
        WHERE total <> coalesce(sum, 0)""",
    sound="Every order's total is the sum of its lines",
    unsound="orders' totals are not the sums of their lines",
    remedy=RESTORE,
)
PAYMENTS = RowCheck(
    name="payments",
    query="""
        SELECT payments.organization_id AS organization, payments.id AS payment, payments.amount,
               transfers.amount AS transferred
        FROM payments JOIN transfers
          ON transfers.organization_id = payments.organization_id AND transfers.id = transfer_id
        WHERE (payments.amount, payments.currency, payee_account_id)
              IS DISTINCT FROM (transfers.amount, transfers.currency, to_account_id)""",
    sound="Every settled payment moved its amount to its payee",
    unsound="payments have a transfer of another amount, currency or payee",
    remedy=RESTORE,
)
REFUNDS = RowCheck(
    name="refunds",
    query="""
        SELECT payments.organization_id AS organization, payments.id AS payment, status, back.id AS reversal
        FROM payments LEFT JOIN transfers AS back
          ON back.organization_id = payments.organization_id AND back.reverses_id = transfer_id
        WHERE (status = 'REFUNDED' AND back.id IS NULL) OR (status = 'SETTLED' AND back.id IS NOT NULL)""",
    sound="Every refunded payment has a reversal, and no settled one has",
    unsound="payments have a status that contradicts the ledger",
    remedy=RESTORE,
)
PAID = RowCheck(
    name="paid orders",
    query="""
        SELECT orders.organization_id AS organization, number, orders.id AS "order", orders.status
        FROM orders LEFT JOIN payments
          ON payments.organization_id = orders.organization_id AND order_id = orders.id AND payments.status = 'SETTLED'
        WHERE (orders.status IN ('PAID', 'FULFILLED')) <> (payments.id IS NOT NULL)""",
    sound="Exactly the orders with a settled payment are paid",
    unsound="orders have a status that contradicts their payments",
    remedy=RESTORE,
)
CHECKS = [TOTALS, PAYMENTS, REFUNDS, PAID]
