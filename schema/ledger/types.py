"""How accounts, transfers and entries are shown."""

from datetime import datetime
from decimal import Decimal

from graphql_app.statements.edges import reverse
from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.node import Node
from graphql_app.views.view import extends, view
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
