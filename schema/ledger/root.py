"""The root fields of the ledger."""

import strawberry

from graphql_app.views.lists import connection
from graphql_app.views.records import by_id
from schema.ledger import models as m

NODES = (
    m.Account,
    m.Transfer,
    m.Entry,
)


@strawberry.type
class Query:
    account = by_id(m.Account, "The account with this id; null when there is none.")
    accounts = connection(m.Account, "The accounts of the organization.")
    transfer = by_id(m.Transfer, "The transfer with this id; null when there is none.")
    transfers = connection(m.Transfer, "The transfers between the accounts of the organization.")
    entry = by_id(m.Entry, "The entry with this id; null when there is none.")
    entries = connection(m.Entry, "The entries of the ledger.")
