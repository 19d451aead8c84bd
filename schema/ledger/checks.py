"""Checks that every ledger balances, regardless of concurrent changes."""

from graphql_app.doctor.rows import RowCheck

RESTORE = "Compare with an earlier backup: Workline never writes this, so a manual statement or a bug did."

ZERO = RowCheck(
    name="ledger sums",
    query="""
        SELECT entries.organization_id AS organization, currency, sum(amount) AS sum
        FROM entries JOIN accounts
          ON accounts.organization_id = entries.organization_id AND accounts.id = entries.account_id
        GROUP BY entries.organization_id, currency HAVING sum(amount) <> 0""",
    sound="The entries of every organization and currency add up to zero",
    unsound="organizations have entries that do not add up to zero in a currency",
    remedy=RESTORE,
)
BALANCES = RowCheck(
    name="balances",
    query="""
        SELECT accounts.organization_id AS organization, id AS account, balance, coalesce(sum, 0) AS entries
        FROM accounts LEFT JOIN (
            SELECT organization_id, account_id, sum(amount) FROM entries GROUP BY organization_id, account_id
        ) AS sums ON sums.organization_id = accounts.organization_id AND account_id = id
        WHERE balance <> coalesce(sum, 0)""",
    sound="Every balance is the sum of its entries",
    unsound="balances are not the sum of their entries",
    remedy=RESTORE,
)
TRANSFERS = RowCheck(
    name="transfers",
    query="""
        SELECT transfers.organization_id AS organization, transfers.id AS transfer, transfers.amount
        FROM transfers LEFT JOIN entries
          ON entries.organization_id = transfers.organization_id AND transfer_id = transfers.id
        GROUP BY transfers.organization_id, transfers.id
        HAVING count(*) <> 2
            OR count(*) FILTER (WHERE account_id = from_account_id AND entries.amount = -transfers.amount) <> 1
            OR count(*) FILTER (WHERE account_id = to_account_id AND entries.amount = transfers.amount) <> 1""",
    sound="Every transfer has two entries that mirror each other",
    unsound="transfers do not have two entries that mirror each other",
    remedy=RESTORE,
)
CHECKS = [ZERO, BALANCES, TRANSFERS]
