"""GraphQL types of accounts, transfers and entries."""

from datetime import datetime
from decimal import Decimal

from graphql_app.identity.models import Organization, User
from graphql_app.sql.edges import reverse
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one
from schema.ledger import models as m


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
