"""Root fields of the ledger."""

import strawberry

from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.ledger import models as m
from schema.ledger.mutations import LedgerMutation

NODES = (
    m.Account,
    m.Transfer,
    m.Entry,
)


@strawberry.type
class Query:
    account = by_id(m.Account, "Account with this ID; null if there is none.")
    accounts = connection(m.Account, "Accounts of the organization.")
    transfer = by_id(m.Transfer, "Transfer with this ID; null if there is none.")
    transfers = connection(m.Transfer, "Transfers between the accounts of the organization.")
    entry = by_id(m.Entry, "Entry with this ID; null if there is none.")
    entries = connection(m.Entry, "Entries of the ledger.")


@strawberry.type
class Mutation(LedgerMutation):
    """Mutations of the ledger."""
