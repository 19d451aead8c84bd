"""GraphQL types of accounts, transfers and entries, and of their mutations."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from graphql_app.mutations.input_checks import amount
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, record
from graphql_app.statements.edges import reverse
from graphql_app.views.described import field, optional
from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.records import Node
from graphql_app.views.view import extends, view
from schema.inputs import EXPECTED_VERSION
from schema.ledger import models as m
from schema.people.models import Organization, User


@view(m.Account)
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

    organization = one(m.Account.organization)
    entries = many(m.Account.entries)
    outgoing_transfers = many(m.Account.outgoing_transfers)
    incoming_transfers = many(m.Account.incoming_transfers)


@view(m.Transfer)
class Transfer(Node):
    amount: Decimal
    currency: str
    memo: str | None
    created_at: datetime
    updated_at: datetime

    organization = one(m.Transfer.organization)
    from_account = one(m.Transfer.from_account)
    to_account = one(m.Transfer.to_account)
    reverses = one(m.Transfer.reverses)
    reversed_by = one(m.Transfer.reversed_by)
    created_by = one(m.Transfer.created_by)
    entries = many(m.Transfer.entries)


@view(m.Entry)
class Entry(Node):
    amount: Decimal
    created_at: datetime
    updated_at: datetime

    organization = one(m.Entry.organization)
    transfer = one(m.Entry.transfer)
    account = one(m.Entry.account)


@extends(Organization)
class OrganizationLedger:
    accounts = many(reverse(m.Account.organization))
    transfers = many(reverse(m.Transfer.organization))
    entries = many(reverse(m.Entry.organization))


@extends(User)
class UserLedger:
    created_transfers = many(reverse(m.Transfer.created_by))


@input_of(m.Account, "An account to be opened.")
class OpenAccountInput:
    kind: m.AccountKind = field("Whose money it is to hold.")
    name: str = field("Whose or what for: 1 to 200 characters.")
    currency: str = field("The currency of everything in it, by its ISO 4217 code, such as EUR. It never changes.")
    minimum_balance: Decimal | None = optional(
        "The limit that the balance never goes below, zero or less; null for no limit. Zero unless said."
    )


@strawberry.type(description="The account that was opened.")
class OpenAccountPayload(Payload):
    account = record(m.Account, "The new account, with nothing in it; null when there are errors.")


@input_of(m.Account, "An account to be closed.")
class CloseAccountInput:
    id: ID = field("The account's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The account that was closed.")
class CloseAccountPayload(Payload):
    account = record(m.Account, "The account as it is now; null when there are errors.")


@input_of(m.Transfer, "Money to be moved between two accounts of one currency.")
class TransferFundsInput:
    from_account_id: ID = field("The id of the account that it is taken from.")
    to_account_id: ID = field("The id of the account that it is brought to.")
    amount: Decimal = field(
        "How much, in the currency of both accounts: more than zero, and no finer than its smallest unit.", amount()
    )
    memo: str | None = optional("What it is for: 1 to 500 characters.")


@strawberry.type(description="The transfer that moved the money.")
class TransferFundsPayload(Payload):
    transfer = record(m.Transfer, "The transfer; null when there are errors.")


@input_of(m.Transfer, "A transfer whose money is to go back.")
class ReverseTransferInput:
    id: ID = field("The transfer's id.")
    memo: str | None = optional("Why: 1 to 500 characters.")


@strawberry.type(description="The transfer that moved the money back.")
class ReverseTransferPayload(Payload):
    transfer = record(m.Transfer, "The reversal, whose `reverses` is what it undid; null when there are errors.")
