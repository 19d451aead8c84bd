"""Root fields of the ledger."""

import strawberry

from graphql_app.mutations.mutation import mutation
from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.ledger import models as m
from schema.ledger import rules, types

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
class Mutation:
    open_account = mutation(
        rules.open_account,
        types.OpenAccountInput,
        types.OpenAccountPayload,
        "Open an account. Requires role OWNER or MANAGER. Error codes: `WRONG_CURRENCY` if the currency has "
        "more than two decimal places, or if the minimum balance is finer than its smallest unit.",
    )
    close_account = mutation(
        rules.close_account,
        types.CloseAccountInput,
        types.CloseAccountPayload,
        "Close an account with a balance of zero. It stays visible and accepts no more transfers, except a "
        "refund, which reopens it. Requires role OWNER or MANAGER. Error codes: `ILLEGAL_STATE` if the account "
        "is closed or its balance is not zero.",
    )
    transfer_funds = mutation(
        rules.transfer_funds,
        types.TransferFundsInput,
        types.TransferFundsPayload,
        "Transfer money from one account to another. Requires role OWNER or MANAGER and an idempotency key. "
        "Error codes: `INSUFFICIENT_FUNDS` if the balance would fall below the minimum; `WRONG_CURRENCY` if "
        "the currencies differ or the amount is finer than the smallest unit; `ILLEGAL_STATE` if an account is "
        "closed.",
        needs_key=True,
    )
    reverse_transfer = mutation(
        rules.reverse_transfer,
        types.ReverseTransferInput,
        types.ReverseTransferPayload,
        "Reverse a transfer. A transfer can be reversed once. Requires role OWNER or MANAGER and an "
        "idempotency key. Error codes: `CONFLICT`, with the transfer and its reversal, if it is already "
        "reversed; `ILLEGAL_STATE` if it is itself a reversal, if it belongs to a payment, which is refunded "
        "when its order is cancelled, or if an account is closed; `INSUFFICIENT_FUNDS` if the balance would "
        "fall below the minimum.",
        needs_key=True,
    )
