"""Built-in payment provider: payments are transfers from the customer's account to the payee's."""

from dataclasses import dataclass
from uuid import UUID

from graphql_app.database.transaction import BackgroundTransactions, WriteTransaction
from graphql_app.errors import Conflict, Refused, RuleError, rule_errors
from schema.billing.models import Payment, PaymentStatus
from schema.billing.provider import Charge, Refusal
from schema.ledger.rules.posting import Move, hindrances, lock_accounts, write
from schema.ledger.rules.transfers import reverse, transfer_by_key


@dataclass(frozen=True, slots=True)
class LedgerProvider:
    """Provider that moves money between accounts, each time in a separate transaction."""

    transactions: BackgroundTransactions

    async def charge(self, charge: Charge) -> UUID | Refusal:
        """Return the transfer under the payment's key, which is made unless it exists, or a refusal."""
        return await self.transactions.run(charge.organization_id, lambda tx: _charge(tx, charge))

    async def refund(self, charge: Charge) -> Refusal | None:
        """Reverse that transfer, unless it is reversed already. Return a refusal if that is not possible now."""
        return await self.transactions.run(charge.organization_id, lambda tx: _refund(tx, charge))


async def _charge(tx: WriteTransaction, charge: Charge) -> UUID | Refusal:
    """Charge under the payment's lock.

    The payment cannot fail meanwhile, and money never moves for one that has ended.
    """
    payment = await tx.lock(Payment, charge.payment_id)
    moved = await transfer_by_key(tx, charge.payment_id)
    if moved is not None:
        return moved.id
    if payment.status is not PaymentStatus.PENDING:
        return Refusal("Payment is already completed.")
    move = await _move(tx, charge)
    problems = list(hindrances(move))
    return _refusal(problems) if problems else (await write(tx, move)).id


async def _move(tx: WriteTransaction, charge: Charge) -> Move:
    accounts = await lock_accounts(tx, charge.from_account_id, charge.to_account_id)
    return Move(
        accounts[charge.from_account_id],
        accounts[charge.to_account_id],
        charge.amount,
        charge.memo,
        charge.created_by_id,
        key=charge.payment_id,
    )


async def _refund(tx: WriteTransaction, charge: Charge) -> Refusal | None:
    transfer = await transfer_by_key(tx, charge.payment_id)
    assert transfer is not None, "only what was charged is refunded"
    try:
        await reverse(tx, transfer, memo=f"Refund: {charge.memo}", reopen=True)
    except Conflict:
        return None
    except (RuleError, Refused) as error:
        return _refusal(rule_errors(error))
    return None


def _refusal(problems: list[RuleError]) -> Refusal:
    return Refusal(" ".join(str(problem) for problem in problems))
