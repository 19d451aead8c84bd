"""Rules for opening and closing accounts."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, RuleError, ValueLimit, refuse
from schema.errors import IllegalState, WrongCurrency
from schema.ledger.models import Account, AccountKind
from schema.money import TOO_FINE, is_amount_of

NO_CREDIT = Decimal(0)


async def open_account(
    tx: WriteTransaction,
    *,
    kind: AccountKind,
    name: str,
    currency: str,
    minimum_balance: Decimal | None = NO_CREDIT,
) -> Account:
    """Open an account with a balance of zero. ``minimum_balance`` None is no limit.

    Raises Refused for an invalid currency or limit.
    """
    refuse(_problems(currency, minimum_balance))
    return await tx.save(
        Account(
            organization_id=tx.organization_id,
            kind=kind,
            name=name,
            currency=currency,
            minimum_balance=minimum_balance,
        )
    )


def _problems(currency: str, limit: Decimal | None) -> list[RuleError]:
    problems: list[RuleError] = []
    if currency in TOO_FINE:
        problems.append(WrongCurrency("Currencies with more than two decimal places are not supported.", "currency"))
    if limit is not None and limit > 0:
        message = "Must be 0 or less, because a new account has a balance of 0."
        problems.append(Invalid(message, "minimumBalance", limit=ValueLimit(maximum=0)))
    elif limit is not None and not is_amount_of(limit, currency):
        problems.append(WrongCurrency(f"Must not be finer than the smallest unit of {currency}.", "minimumBalance"))
    return problems


async def close_account(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Account:
    """Close an account for good: no transfer goes through it any more, except for a refund, which opens it again.

    Raises NotFound, Conflict if it is not at the expected version, and IllegalState if it is closed
    already or its balance is not zero.
    """
    account = await tx.lock(Account, id, expected_version)
    if account.closed_at is not None:
        raise IllegalState("Account is already closed.", "id")
    if account.balance != 0:
        raise IllegalState("The balance of the account must be zero.", "id")
    account.closed_at = datetime.now(UTC)
    return await tx.save(account)
