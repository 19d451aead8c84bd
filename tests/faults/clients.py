"""Clients that move money, and retry requests without an answer."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

ERRORS = "errors { __typename code path message }"
DOCUMENTS = {
    "transferFunds": ("TransferFundsInput", "transfer { id }"),
    "reverseTransfer": ("ReverseTransferInput", "transfer { id }"),
    "createOrder": ("CreateOrderInput", "order { id }"),
    "addOrderLine": ("AddOrderLineInput", "orderLine { id }"),
    "placeOrder": ("PlaceOrderInput", "order { id }"),
    "payOrder": ("PayOrderInput", "payment { id status }"),
    "cancelOrder": ("CancelOrderInput", "order { id }"),
}
TRIES = 60
GIVE_UP, REPEAT = 0.15, 0.15
"""Probability that a client never retries, and that it repeats a request although it was answered."""


@dataclass
class Outcomes:
    """Outcomes as clients see them, and requests without an answer."""

    transfers: dict[str, str] = field(default_factory=dict)
    """Ids of transfers by memo."""
    unanswered: list[str] = field(default_factory=list)
    reversals: dict[str, str] = field(default_factory=dict)
    """Ids of reversals by the id of the reversed transfer."""
    payments: set[str] = field(default_factory=set)
    refused: int = 0
    resent: int = 0
    repeated: int = 0
    internal_errors: int = 0


@dataclass
class Client:
    """One of many clients. Each list of ``accounts`` has one currency; ``shop`` is a customer's and the till's one."""

    http: httpx.AsyncClient
    accounts: Sequence[Sequence[UUID]]
    shop: tuple[UUID, UUID]
    outcomes: Outcomes

    async def act(self, times: int) -> None:
        """Perform this number of random actions."""
        for _ in range(times):
            await random.choices([self.transfer, self.reverse, self.pay], [6, 2, 2])[0]()

    async def transfer(self) -> None:
        """Move money from one account to another."""
        source, target = random.sample(random.choice(self.accounts), 2)
        memo, abandons = str(uuid4()), random.random() < GIVE_UP
        amount = f"{random.randint(1, 5000) / 100:.2f}"
        given = {"fromAccountId": str(source), "toAccountId": str(target), "amount": amount, "memo": memo}
        payload = await self.send("transferFunds", given, 1 if abandons else TRIES)
        if payload is None:
            self.outcomes.unanswered.append(memo)
        elif payload["transfer"] is not None:
            self.outcomes.transfers[memo] = payload["transfer"]["id"]

    async def reverse(self) -> None:
        """Reverse a transfer."""
        if self.outcomes.transfers:
            id = random.choice(list(self.outcomes.transfers.values()))
            payload = await self.send("reverseTransfer", {"id": id})
            if payload is not None and payload["transfer"] is not None:
                assert id not in self.outcomes.reversals, "reversed twice"
                self.outcomes.reversals[id] = payload["transfer"]["id"]

    async def pay(self) -> None:
        """Place and pay an order; sometimes cancel it concurrently."""
        customer, till = map(str, self.shop)
        order = await self.record("createOrder", {"customerAccountId": customer}, "order")
        line = {"orderId": order, "description": "A tire", "quantity": "1", "unitPrice": "1.50"}
        if order is None or await self.record("addOrderLine", line, "orderLine") is None:
            return
        if await self.record("placeOrder", {"id": order}, "order") is not None:
            paying = [self.record("payOrder", {"orderId": order, "payeeAccountId": till}, "payment")]
            if random.random() < 0.3:
                paying.append(self.record("cancelOrder", {"id": order}, "order"))
            payment, *_ = await asyncio.gather(*paying)
            if payment is not None:
                self.outcomes.payments.add(payment)

    async def record(self, mutation: str, given: dict[str, Any], name: str) -> str | None:
        """Return the id of the record in a mutation's payload, or None without a payload or a record."""
        payload = await self.send(mutation, given)
        shown = None if payload is None else payload[name]
        return None if shown is None else str(shown["id"])

    async def send(self, mutation: str, given: dict[str, Any], tries: int = TRIES) -> Any:
        """Return the payload, or None if there was no answer after so many tries. Every try has the same key."""
        key = str(uuid4())
        payload = await self._persist(mutation, given, key, tries)
        if payload is not None and random.random() < REPEAT:
            self.outcomes.repeated += 1
            again = await self._persist(mutation, given, key, TRIES)
            if not payload["errors"] and again is not None:
                assert ids_in(again) == ids_in(payload), "a different answer with the same key"
        if payload is not None and payload["errors"]:
            self.outcomes.refused += 1
        return payload

    async def _persist(self, mutation: str, given: dict[str, Any], key: str, tries: int) -> Any:
        for attempt in range(tries):
            payload = await self._try(mutation, given, key)
            if payload is not None:
                return payload
            self.outcomes.resent += attempt + 1 < tries
            await asyncio.sleep(random.uniform(0.02, 0.3))
        return None

    async def _try(self, mutation: str, given: dict[str, Any], key: str) -> Any:
        """Return the payload of one try, or None without an answer or with an error that invites a retry."""
        kind, shown = DOCUMENTS[mutation]
        query = (
            f"mutation ($input: {kind}!, $key: String!) "
            f"{{ {mutation}(input: $input) @idempotent(key: $key) {{ {shown} {ERRORS} }} }}"
        )
        body = {"query": query, "variables": {"input": given, "key": key}}
        try:
            answer = (await self.http.post("/graphql", json=body)).json()
        except (httpx.TransportError, ValueError):
            return None
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"SERVICE_UNAVAILABLE", "OPERATION_TIMEOUT", "INTERNAL_SERVER_ERROR"}, answer
        self.outcomes.internal_errors += "INTERNAL_SERVER_ERROR" in codes
        return None if codes else answer["data"][mutation]


def ids_in(payload: dict[str, Any]) -> list[str]:
    """Return the ids of a payload's records."""
    return [shown["id"] for shown in payload.values() if isinstance(shown, dict)]
