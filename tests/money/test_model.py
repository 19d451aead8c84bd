"""Random operations on the money of one organization, compared with a model, with an audit of the books after each."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from graphql_app.errors import Refused, RuleError, rule_errors
from schema.billing import rules as billing
from schema.billing.payment_sweeper import sweep
from schema.billing.rules.payments import due
from schema.ledger import rules as ledger
from schema.ledger.models import AccountKind
from schema.work.rules import orders as work
from tests.engine.examples import MORE
from tests.money import model as m
from tests.money.model_run import Loop, loop
from tests.support.audited_organization import Books, books_in
from tests.support.databases import TestDatabase

STATE = """
SELECT (SELECT array_agg((id, balance, closed_at IS NOT NULL) ORDER BY id) FROM accounts WHERE organization_id = $1),
       (SELECT array_agg((id, status)) FROM orders WHERE organization_id = $1),
       (SELECT array_agg((id, status)) FROM payments WHERE organization_id = $1)
"""
DO_TASKS = "UPDATE tasks SET status = 'DONE', completed_at = now() WHERE order_id = $1 AND status = 'OPEN'"
AMOUNTS = st.decimals("0.5", 40, places=1).map(lambda number: number.quantize(Decimal("0.01")))
EXAMPLES, STEPS = 20, 30
"""Number of examples that take about five seconds."""


class Money(RuleBasedStateMachine):
    """State machine of one organization with random operations."""

    loop: ClassVar[Loop]
    database: ClassVar[TestDatabase]

    def __init__(self) -> None:
        super().__init__()
        self.model = m.Model()
        self.opened: AbstractAsyncContextManager[Books] = books_in(self.database, pool_size=2)
        self.books = self.loop.run(self.opened.__aenter__())
        self.seeing = self.database.as_system()
        self.system = self.loop.run(self.seeing.__aenter__())

    def teardown(self) -> None:
        try:
            assert self.loop.run(self.books.broken()) == []
        finally:
            self.loop.run(self.seeing.__aexit__(None, None, None))
            self.loop.run(self.opened.__aexit__(None, None, None))

    def attempt(self, rule_: Any, expected: m.Codes, **given: Any) -> Any:
        """Run a rule and return its result, or None. Assert that its errors equal the model's."""
        result, codes = None, m.DONE
        try:
            result = self.loop.run(self.books.do(rule_, **given))
        except (RuleError, Refused) as error:
            codes = [each.code for each in rule_errors(error)]
        assert codes == expected
        return result

    @initialize()
    def begin_with_some_money(self) -> None:
        """Open an account of the outside world, and transfer initial amounts to a customer and the till."""
        for kind, limit in ((AccountKind.OUTSIDE, None), (AccountKind.CUSTOMER, 0), (AccountKind.OWN, 0)):
            self.open_account(kind, "EUR", None if limit is None else Decimal(limit))
        outside, customer, till = self.model.accounts
        for target in (customer, till):
            self.transfer_between(outside, target, Decimal(50))

    @rule(
        kind=st.sampled_from(AccountKind),
        currency=st.sampled_from(["EUR", "EUR", "JPY"]),
        limit=st.sampled_from([None, Decimal(0), Decimal(-20)]),
    )
    def open_account(self, kind: AccountKind, currency: str, limit: Decimal | None) -> None:
        given = {"kind": kind, "name": kind.value, "currency": currency, "minimum_balance": limit}
        opened = self.attempt(ledger.open_account, m.DONE, **given)
        self.model.accounts.append(m.Account(opened.id, kind.value, currency, limit))

    @precondition(lambda self: len(self.model.accounts) > 1)
    @rule(data=st.data(), amount=AMOUNTS)
    def transfer(self, data: st.DataObject, amount: Decimal) -> None:
        accounts = data.draw(st.permutations(range(len(self.model.accounts))))
        self.transfer_between(self.model.accounts[accounts[0]], self.model.accounts[accounts[1]], amount)

    def transfer_between(self, source: m.Account, target: m.Account, amount: Decimal) -> None:
        expected = self.model.hindrances(source, target, amount)
        given = {"from_account_id": source.id, "to_account_id": target.id, "amount": amount}
        made = self.attempt(ledger.transfer_funds, expected, **given)
        if made is not None:
            self.model.move(made.id, source, target, amount)

    @precondition(lambda self: self.model.transfers)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        transfer = data.draw(st.sampled_from([each for each in self.model.transfers if not self._is_refund(each)]))
        expected = self.model.reversing(transfer)
        id = self._transfer_id(transfer)
        made = self.attempt(ledger.reverse_transfer, expected, id=id)
        if made is not None:
            transfer.is_reversed = True
            self.model.move(made.id, transfer.target, transfer.source, transfer.amount, is_reversal=True)

    def _is_refund(self, transfer: m.Transfer) -> bool:
        return transfer.is_reversal and any(payment.id == transfer.id for payment in self.model.payments)

    def _transfer_id(self, transfer: m.Transfer) -> UUID:
        """Return the id of a transfer. The model has only the payment's id for the transfer of a payment."""
        query = "SELECT id FROM transfers WHERE key = $1"
        found: UUID = self.loop.run(self.system.fetchval(query, transfer.id)) if transfer.is_payment else transfer.id
        return found

    @rule(data=st.data())
    def close_account(self, data: st.DataObject) -> None:
        account = data.draw(st.sampled_from(self.model.accounts))
        expected = self.model.closing(account)
        if self.attempt(ledger.close_account, expected, id=account.id) is not None:
            account.closed = True

    @precondition(lambda self: self._customers())
    @rule(data=st.data(), total=st.integers(1, 60), placed=st.booleans())
    def order(self, data: st.DataObject, total: int, placed: bool) -> None:
        customer = data.draw(st.sampled_from(self._customers()))
        order = self.loop.run(self.books.order(customer.id, total, placed=placed))
        self.model.orders.append(m.Order(order.id, customer, Decimal(total), "PLACED" if placed else "DRAFT"))

    def _customers(self) -> list[m.Account]:
        return [each for each in self.model.accounts if each.kind == "CUSTOMER" and not each.closed]

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def place(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.model.orders))
        expected = m.DONE if order.status == "DRAFT" else ["ILLEGAL_STATE"]
        if self.attempt(work.place_order, expected, id=order.id) is not None:
            order.status = "PLACED"

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def begin_payment(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.model.orders))
        payee = data.draw(st.sampled_from([each for each in self.model.accounts if each.kind == "OWN"]))
        expected = [*(["ILLEGAL_STATE"] if order.status != "PLACED" else []), *self._payee_problems(order, payee)]
        begun = self.attempt(billing.begin_payment, expected, order_id=order.id, payee_account_id=payee.id)
        if begun is not None:
            self.model.payments.append(m.Payment(begun.id, order, payee))

    @staticmethod
    def _payee_problems(order: m.Order, payee: m.Account) -> m.Codes:
        foreign = ["WRONG_CURRENCY"] if payee.currency != order.customer.currency else []
        return [*foreign, *(["ILLEGAL_STATE"] if payee.closed else [])]

    @precondition(lambda self: self.model.payments)
    @rule(data=st.data())
    def crash_after_the_charge(self, data: st.DataObject) -> None:
        payment = data.draw(st.sampled_from(self.model.payments))
        _, charge = self.loop.run(self.books.do(due, id=payment.id))
        self.loop.run(self.books.payments.provider.charge(charge))
        self.model.charge(payment)

    @precondition(lambda self: self.model.payments)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        payment = data.draw(st.sampled_from(self.model.payments))
        status = self.loop.run(self.books.payments.finish(self.books.organization, payment.id))
        self.model.finish(payment)
        assert status == payment.status

    @rule()
    def sweep(self) -> None:
        """Finish payments in the order of their last change, on which the result depends."""
        before = [payment for payment in self.model.payments if payment.status in ("PENDING", "REFUNDING")]
        if len(before) < 2:
            self.loop.run(sweep(self.books.payments, timedelta(0)))
            for payment in before:
                self.model.finish(payment)

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.model.orders))
        expected = m.DONE if order.status in ("DRAFT", "PLACED", "PAID") else ["ILLEGAL_STATE"]
        if self.attempt(work.cancel_order, expected, id=order.id) is not None:
            self.model.cancel(order)

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data(), work_done=st.booleans())
    def fulfil(self, data: st.DataObject, work_done: bool) -> None:
        order = data.draw(st.sampled_from(self.model.orders))
        if work_done and order.status in ("PLACED", "PAID"):
            self.loop.run(self.system.execute(DO_TASKS, order.id))
            order.is_done = True
        expected = m.DONE if order.status == "PAID" and order.is_done else ["ILLEGAL_STATE"]
        if self.attempt(work.fulfil_order, expected, id=order.id) is not None:
            order.status = "FULFILLED"

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        found = self.loop.run(self.system.fetchrow(STATE, self.books.organization))
        assert found is not None
        accounts, orders, payments = found.values()
        expected = sorted((each.id, each.balance, each.closed) for each in self.model.accounts)
        assert [tuple(row) for row in accounts or []] == expected
        for rows, records in ((orders, self.model.orders), (payments, self.model.payments)):
            assert dict(map(tuple, rows or [])) == {record.id: record.status for record in records}


def test_random_operations_match_the_model(database: TestDatabase) -> None:
    with loop() as running:
        Money.loop, Money.database = running, database
        run_state_machine_as_test(
            Money,
            settings=settings(
                max_examples=EXAMPLES * max(1, MORE),
                derandomize=not MORE,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
