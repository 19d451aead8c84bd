"""Domain of Workline, with a folder per area. A folder imports models only of folders before it in ``DOMAINS``."""

from graphql_app.authorization import Scope

DOMAINS = ("people", "ledger", "billing", "work", "talk", "search", "dashboard")
SCOPES = (
    Scope(
        "money",
        "Accounts, transfers, orders, payments, hourly rates, and money on the dashboard, with `read` or `write`.",
    ),
)
