"""Root fields of the ledger."""

import strawberry

from graphql_app.mutations.mutation import mutation
from graphql_app.views.lists import connection
from graphql_app.views.records import by_id
from schema.ledger import models as m
from schema.ledger import rules, types

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


@strawberry.type
class Mutation:
    open_account = mutation(
        rules.open_account,
        types.OpenAccountInput,
        types.OpenAccountPayload,
        "Open an account. Takes a manager or the owner. Error codes: `WRONG_CURRENCY` for a currency with more than "
        "two decimal places, and for a limit that is finer than its smallest unit.",
    )
    close_account = mutation(
        rules.close_account,
        types.CloseAccountInput,
        types.CloseAccountPayload,
        "Close an account, whose balance has to be zero. It stays to be seen, and nothing goes through it any more, "
        "except for a refund, which opens it again. Takes a manager or the owner. Error codes: `ILLEGAL_STATE` for an "
        "account that is closed or not empty.",
    )
    transfer_funds = mutation(
        rules.transfer_funds,
        types.TransferFundsInput,
        types.TransferFundsPayload,
        "Move money from one account to another, at once and for certain. Takes a manager or the owner, and an "
        "idempotency key. Error codes: `INSUFFICIENT_FUNDS` when the balance would go below the account's limit, "
        "`WRONG_CURRENCY` for accounts of two currencies and an amount that is too fine, `ILLEGAL_STATE` for a closed "
        "account.",
        needs_key=True,
    )
    reverse_transfer = mutation(
        rules.reverse_transfer,
        types.ReverseTransferInput,
        types.ReverseTransferPayload,
        "Move the money of a transfer back. It happens once: who comes second gets a conflict that shows the transfer "
        "with its reversal. Takes a manager or the owner, and an idempotency key. Error codes: `ILLEGAL_STATE` for a "
        "reversal, which is not reversed itself, for a payment, which goes back when its order is cancelled, and for "
        "a closed account; `INSUFFICIENT_FUNDS` when the money is not there any more.",
        needs_key=True,
    )
