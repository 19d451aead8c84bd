"""Domain of Workline, with a folder per area. A folder imports models only of folders before it in ``DOMAINS``."""

from graphql_app.authorization import Scope

DOMAINS = ("people", "ledger", "billing", "work", "talk", "search", "dashboard")
SCOPES = (
    Scope(
        "money",
        "Accounts, transfers, orders, payments, hourly rates, and money on the dashboard, with `read` or `write`.",
    ),
)

DESCRIPTION = """Workline: tasks, people, orders and money of organizations that do work for others.

Requests carry `Authorization: Bearer TOKEN`, with the token of `logIn`. Every record has an `id`, by which `node` finds
it, and lists are connections with filters and sort orders. Mutations return the changed record or user errors. Other
errors have a code in `extensions.code`. A field with `@auth` requires one of its roles."""
