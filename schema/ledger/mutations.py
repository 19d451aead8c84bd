"""Mutations of accounts and transfers: inputs, payloads and root fields."""

from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.input_checks import amount
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional
from schema.ledger import models as m
from schema.ledger import rules
from schema.rights import MONEY_RIGHTS


@input_of(m.Account, "Input of `openAccount`.")
class OpenAccountInput:
    kind: m.AccountKind = field("Kind of the account: the owner of its money.")
    name: str = field("Name of the account, 1-200 characters in one line.")
    currency: str = field("Currency of the account (ISO 4217 code), such as EUR. It cannot be changed later.")
    minimum_balance: Decimal | None = optional("Minimum of the balance, zero or less; null for no minimum. Default: 0.")


@strawberry.type(description="Payload of `openAccount`.")
class OpenAccountPayload(Payload):
    account = record(m.Account, "The created account, with a balance of zero; null if there are errors.")


@input_of(m.Account, "Input of `closeAccount`.")
class CloseAccountInput:
    id: ID = field("ID of the account.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `closeAccount`.")
class CloseAccountPayload(Payload):
    account = record(m.Account, "The updated account; null if there are errors.")


@input_of(m.Transfer, "Input of `transferFunds`. Both accounts must have the same currency.")
class TransferFundsInput:
    from_account_id: ID = field("ID of the account from which the money is transferred.")
    to_account_id: ID = field("ID of the account to which the money is transferred.")
    amount: Decimal = field(
        "Amount, in the currency of both accounts. Must be greater than zero, and not finer than the "
        "currency's smallest unit.",
        amount(),
    )
    memo: str | None = optional("Purpose of the transfer, 1-500 characters.")


@strawberry.type(description="Payload of `transferFunds`.")
class TransferFundsPayload(Payload):
    transfer = record(m.Transfer, "The created transfer; null if there are errors.")


@input_of(m.Transfer, "Input of `reverseTransfer`.")
class ReverseTransferInput:
    id: ID = field("ID of the transfer.")
    memo: str | None = optional("Reason for the reversal, 1-500 characters.")


@strawberry.type(description="Payload of `reverseTransfer`.")
class ReverseTransferPayload(Payload):
    transfer = record(m.Transfer, "The reversal, with the original transfer as `reverses`; null if there are errors.")


@strawberry.type
class LedgerMutation:
    open_account = mutation(
        rules.open_account,
        OpenAccountInput,
        OpenAccountPayload,
        "Open an account. Error codes: `WRONG_CURRENCY` if the currency has more than two decimal places, or "
        "if the minimum balance is finer than its smallest unit.",
        **MONEY_RIGHTS,
    )
    close_account = mutation(
        rules.close_account,
        CloseAccountInput,
        CloseAccountPayload,
        "Close an account with a balance of zero. It stays visible and accepts no more transfers, except a "
        "refund, which reopens it. Error codes: `ILLEGAL_STATE` if the account is closed or its balance is "
        "not zero.",
        **MONEY_RIGHTS,
    )
    transfer_funds = mutation(
        rules.transfer_funds,
        TransferFundsInput,
        TransferFundsPayload,
        "Transfer money from one account to another. Requires an idempotency key. Error codes: "
        "`INSUFFICIENT_FUNDS` if the balance would fall below the minimum; `WRONG_CURRENCY` if the "
        "currencies differ or the amount is finer than the smallest unit; `ILLEGAL_STATE` if an account is "
        "closed.",
        needs_key=True,
        **MONEY_RIGHTS,
    )
    reverse_transfer = mutation(
        rules.reverse_transfer,
        ReverseTransferInput,
        ReverseTransferPayload,
        "Reverse a transfer. A transfer can be reversed once. Requires an idempotency key. Error codes: "
        "`CONFLICT`, with the transfer and its reversal, if it is already reversed; `ILLEGAL_STATE` if it is "
        "itself a reversal, if it belongs to a payment, which is refunded when its order is cancelled, or if "
        "an account is closed; `INSUFFICIENT_FUNDS` if the balance would fall below the minimum.",
        needs_key=True,
        **MONEY_RIGHTS,
    )
