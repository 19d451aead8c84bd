"""Accounts and transfers for tests of the database."""

from decimal import Decimal
from uuid import UUID

from schema.ledger.models import Account, AccountKind, Entry, Transfer
from tests.database.sample_rows import Rows

PRICE = Decimal("120.50")


async def fill(rows: Rows) -> None:
    """Insert a customer's account and the organization's own, both in euros, with a transfer and its reversal."""
    customer = rows.ids["customer"] = await account(rows, AccountKind.CUSTOMER, Decimal(500))
    revenue = rows.ids["revenue"] = await account(rows, AccountKind.OWN, Decimal(0))
    transfer = rows.ids["transfer"] = await move(rows, customer, revenue)
    await move(rows, revenue, customer, reverses_id=transfer)
    await rows.add(Entry, transfer_id=transfer, account_id=customer, amount=-PRICE)
    await rows.add(Entry, transfer_id=transfer, account_id=revenue, amount=PRICE)


async def account(rows: Rows, kind: AccountKind, balance: Decimal) -> UUID:
    """Insert an account in euros."""
    return await rows.add(
        Account, kind=kind, name=kind.value, currency="EUR", balance=balance, minimum_balance=Decimal(0)
    )


async def move(rows: Rows, source: UUID, target: UUID, *, reverses_id: UUID | None = None) -> UUID:
    """Insert a transfer of the price between two accounts."""
    return await rows.add(
        Transfer,
        from_account_id=source,
        to_account_id=target,
        created_by_id=rows.ids["user"],
        reverses_id=reverses_id,
        amount=PRICE,
        currency="EUR",
    )
