"""Rules of transfers and their reversals."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid, NotFound, RuleError, refuse
from schema.errors import IllegalState
from schema.ledger.models import Account, Transfer
from schema.ledger.rules.posting import Move, Paths, hindrances, lock_accounts, write

GIVEN = Paths("fromAccountId", "toAccountId", "amount")


async def transfer_funds(
    tx: WriteTransaction,
    *,
    from_account_id: UUID,
    to_account_id: UUID,
    amount: Decimal,
    memo: str | None = None,
) -> Transfer:
    """Move an amount from one account to another of the same currency.

    Raises Refused with all problems: accounts that do not exist, are the same, are closed or of
    two currencies, an invalid amount, and insufficient funds.
    """
    if from_account_id == to_account_id:
        raise Invalid("The two accounts must be different.", GIVEN.target)
    accounts = await lock_accounts(tx, from_account_id, to_account_id)
    refuse(_missing(accounts, from_account_id, to_account_id))
    move = Move(accounts[from_account_id], accounts[to_account_id], amount, memo, tx.viewer.user_id)
    refuse(list(hindrances(move, GIVEN)))
    return await write(tx, move)


def _missing(accounts: Mapping[UUID, Account], source: UUID, target: UUID) -> list[RuleError]:
    asked = ((GIVEN.source, source), (GIVEN.target, target))
    return [NotFound("There is no account with this ID.", path) for path, id in asked if id not in accounts]


async def reverse_transfer(tx: WriteTransaction, *, id: UUID, memo: str | None = None) -> Transfer:
    """Move the money of a transfer back, with a transfer that refers to it. This is possible once.

    A reversal cannot be reversed: transfer the money anew instead. A payment for an order is refunded when the order is
    cancelled. Raises NotFound, IllegalState for these two, Conflict if the transfer was reversed
    already, and Refused with all that prevents the movement.
    """
    transfer = await _find(tx, id)
    if transfer.reverses_id is not None:
        raise IllegalState("A reversal cannot be reversed. Create a new transfer instead.", "id")
    if transfer.key is not None:
        raise IllegalState("The transfer of a payment cannot be reversed. Cancel the order instead.", "id")
    return await reverse(tx, transfer, memo=memo, created_by_id=tx.viewer.user_id)


async def reverse(
    tx: WriteTransaction,
    transfer: Transfer,
    *,
    memo: str | None = None,
    created_by_id: UUID | None = None,
    reopen: bool = False,
) -> Transfer:
    """Reverse any transfer, without a check of rights.

    With ``reopen``, a closed account that gets money back is reopened.

    Transfers cannot be locked, because they may not be changed. The locks of both accounts prevent a second reversal.
    """
    accounts = await lock_accounts(tx, transfer.from_account_id, transfer.to_account_id)
    if await reversal_of(tx, transfer.id) is not None:
        raise Conflict("Transfer is already reversed.", "id", model=Transfer, id=transfer.id)
    source, target = accounts[transfer.to_account_id], accounts[transfer.from_account_id]
    move = Move(source, target, transfer.amount, memo, created_by_id, reverses_id=transfer.id, reopens=reopen)
    refuse(list(hindrances(move)))
    return await write(tx, move)


async def reversal_of(tx: WriteTransaction, id: UUID) -> Transfer | None:
    """Return the transfer that reverses the one with this id, or None."""
    return next(iter(await tx.find_where(Transfer, reverses_id=id)), None)


async def transfer_by_key(tx: WriteTransaction, key: UUID) -> Transfer | None:
    """Return the transfer that was made under ``key``, or None."""
    return next(iter(await tx.find_where(Transfer, key=key)), None)


async def _find(tx: WriteTransaction, id: UUID) -> Transfer:
    transfer = await tx.find(Transfer, id)
    if transfer is None:
        raise NotFound("There is no transfer with this ID.", "id")
    return transfer
