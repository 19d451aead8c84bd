"""What must hold for every order and every payment."""

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
    sound="Every payment that was settled moved its own amount to its payee",
    unsound="payments are settled by transfers of something else",
    remedy=RESTORE,
)
CHECKS = [TOTALS, PAYMENTS]
