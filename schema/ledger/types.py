"""GraphQL types of accounts, transfers and entries, and of their mutations."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.input_checks import amount
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, record
from graphql_app.sql.edges import reverse
from graphql_app.types.descriptions import field, optional
from graphql_app.types.fields import to_one
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from schema.inputs import EXPECTED_VERSION
from schema.ledger import models as m
from schema.people.models import Organization, User


@model_type(m.Account)
class Account(Node):
    kind: m.AccountKind
    name: str
    currency: str
    balance: Decimal
    minimum_balance: Decimal | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Account.organization)
    entries = to_many(m.Account.entries)
    outgoing_transfers = to_many(m.Account.outgoing_transfers)
    incoming_transfers = to_many(m.Account.incoming_transfers)


@model_type(m.Transfer)
class Transfer(Node):
    amount: Decimal
    currency: str
    memo: str | None
    created_at: datetime
    updated_at: datetime

    organization = to_one(m.Transfer.organization)
    from_account = to_one(m.Transfer.from_account)
    to_account = to_one(m.Transfer.to_account)
    reverses = to_one(m.Transfer.reverses)
    reversed_by = to_one(m.Transfer.reversed_by)
    created_by = to_one(m.Transfer.created_by)
    entries = to_many(m.Transfer.entries)


@model_type(m.Entry)
class Entry(Node):
    amount: Decimal
    created_at: datetime
    updated_at: datetime

    organization = to_one(m.Entry.organization)
    transfer = to_one(m.Entry.transfer)
    account = to_one(m.Entry.account)


@extends(Organization)
class OrganizationLedger:
    accounts = to_many(reverse(m.Account.organization))
    transfers = to_many(reverse(m.Transfer.organization))
    entries = to_many(reverse(m.Entry.organization))


@extends(User)
class UserLedger:
    created_transfers = to_many(reverse(m.Transfer.created_by))


@input_of(m.Account, "Input of `openAccount`.")
class OpenAccountInput:
    kind: m.AccountKind = field("Kind of the account: the owner of its money.")
    name: str = field("Name of the account, 1-200 characters.")
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
