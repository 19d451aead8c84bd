"""Documented error codes of money mutations, each of them provoked through HTTP."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from graphql import GraphQLInputObjectType, get_named_type

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.types.schema import Api
from schema.billing.rules import begin_payment
from schema.ledger.models import AccountKind
from schema.ledger.rules import close_account, reverse_transfer
from schema.services import open_domain
from schema.work.rules.orders import cancel_order
from tests.support.application import MIGRATIONS
from tests.support.audited_organization import Books
from tests.support.settings import settings_for

MUTATIONS = (
    *("openAccount", "closeAccount", "transferFunds", "reverseTransfer"),
    *("createOrder", "addOrderLine", "updateOrderLine", "removeOrderLine"),
    *("placeOrder", "payOrder", "cancelOrder", "fulfilOrder"),
)
KEYED = ("transferFunds", "reverseTransfer", "placeOrder", "payOrder")
UNKNOWN_ID = str(uuid4())
LINE = {"description": "A tire", "quantity": "1", "unitPrice": "5"}

Input = dict[str, Any]
Case = tuple[str, Input]


@dataclass(frozen=True)
class World:
    """Ids of the prepared records by name."""

    ids: dict[str, UUID]

    def __getitem__(self, name: str) -> str:
        return str(self.ids[name])


async def world_of(books: Books) -> World:
    """Prepare accounts, transfers and orders in all states that can cause an error."""
    rich, poor, closed = await books.account(holds=100), await books.account(), await books.account()
    customer, dollars = await books.account(AccountKind.CUSTOMER, holds=5), await books.account(currency="USD", holds=5)
    await books.do(close_account, id=closed)
    moved, spent, undone = [await books.transfer(rich, poor, 10) for _ in range(3)]
    reversal = await books.do(reverse_transfer, id=undone)
    await books.transfer(poor, rich, 15)
    draft, placed = await books.order(customer, placed=False), await books.order(customer)
    gone, empty = await books.order(customer), await books.order(customer, 0, placed=False)
    await books.do(cancel_order, id=gone.id)
    small = await books.order(customer, 5)
    yen = await books.order(await books.account(AccountKind.CUSTOMER, "JPY"), placed=False)
    payment = await books.do(begin_payment, order_id=small.id, payee_account_id=rich)
    await books.payments.finish(books.organization, payment.id)
    line = "SELECT id FROM order_lines WHERE order_id = $1"
    return World(
        {
            "rich": rich,
            "poor": poor,
            "closed": closed,
            "customer": customer,
            "dollars": dollars,
            "moved": moved,
            "spent": spent,
            "undone": undone,
            "reversal": reversal.id,
            "draft": draft.id,
            "placed": placed.id,
            "gone": gone.id,
            "empty": empty.id,
            "paid": small.id,
            "yen": yen.id,
            "yen line": await books.value(line, yen.id),
            "line": await books.value(line, draft.id),
            "placed line": await books.value(line, placed.id),
        }
    )


def cases(w: World) -> Iterator[Case]:
    """Yield inputs with one error each. Cases of missing rights and keys are added to these."""
    account = {"kind": "OWN", "name": "Till", "currency": "EUR"}
    yield "openAccount", {**account, "name": ""}
    yield "openAccount", {**account, "currency": "KWD"}
    yield "closeAccount", {"id": w["closed"]}
    yield from _about("closeAccount", "id", {}, w["rich"])
    move = {"fromAccountId": w["rich"], "toAccountId": w["poor"], "amount": "1"}
    yield "transferFunds", {**move, "amount": "1000"}
    yield "transferFunds", {**move, "toAccountId": w["dollars"]}
    yield "transferFunds", {**move, "toAccountId": w["closed"]}
    yield from _about("transferFunds", "toAccountId", move)
    yield "reverseTransfer", {"id": w["reversal"]}
    yield "reverseTransfer", {"id": w["spent"]}
    yield "reverseTransfer", {"id": w["undone"]}
    yield from _about("reverseTransfer", "id", {})
    yield "createOrder", {"customerAccountId": w["closed"]}
    yield from _about("createOrder", "customerAccountId", {})
    yield "addOrderLine", {**LINE, "orderId": w["placed"]}
    yield "addOrderLine", {**LINE, "orderId": w["draft"], "unitPrice": "-5"}
    yield "addOrderLine", {**LINE, "orderId": w["yen"], "unitPrice": "0.5"}
    yield "updateOrderLine", {"id": w["yen line"], "unitPrice": "0.5"}
    yield from _about("addOrderLine", "orderId", LINE)
    yield "updateOrderLine", {"id": w["placed line"], "quantity": "2"}
    yield from _about("updateOrderLine", "id", {"quantity": "2"}, w["line"])
    yield "removeOrderLine", {"id": w["placed line"]}
    yield from _about("removeOrderLine", "id", {}, w["line"])
    for mutation, wrong in (("placeOrder", "empty"), ("cancelOrder", "gone"), ("fulfilOrder", "paid")):
        yield mutation, {"id": w[wrong]}
        yield from _about(mutation, "id", {}, w["draft"])
    pay = {"orderId": w["placed"], "payeeAccountId": w["rich"]}
    yield "payOrder", {**pay, "orderId": w["draft"]}
    yield "payOrder", {**pay, "payeeAccountId": w["dollars"]}
    yield "payOrder", pay
    yield "payOrder", {**pay, "expectedVersion": 1}
    yield from _about("payOrder", "payeeAccountId", pay)


def _about(mutation: str, field: str, others: Input, seen: str | None = None) -> Iterator[Case]:
    """Return cases of an unknown id, a malformed id, and another version."""
    yield mutation, {**others, field: UNKNOWN_ID}
    yield mutation, {**others, field: "malformed"}
    if seen is not None:
        yield mutation, {**others, field: seen, "expectedVersion": 1000}


@dataclass(frozen=True)
class Shop:
    """HTTP client of one user."""

    api: Api
    http: httpx.AsyncClient

    async def codes(self, mutation: str, input: Input, *, key: bool = True, transaction: bool = False) -> set[str]:
        """Return the error codes of a mutation."""
        kind = get_named_type(self.api.graphql_schema.mutation_type.fields[mutation].args["input"].type)  # type: ignore[union-attr]
        directive = f' @idempotent(key: "{uuid4()}")' if key else ""
        query = (
            f"mutation ($input: {kind}!){' @transaction' if transaction else ''} "
            f"{{ {mutation}(input: $input){directive} {{ errors {{ code }} }} }}"
        )
        answer = await self.http.post("/graphql", json={"query": query, "variables": {"input": input}})
        body = answer.json()
        assert "errors" not in body, body
        return {error["code"] for error in body["data"][mutation]["errors"]}


@asynccontextmanager
async def shop_of(books: Books, api: Api) -> AsyncIterator[Shop]:
    """Serve the whole application on the database of the books."""
    settings = settings_for(books.database, sweep_period=0)
    app = create_app(settings, api_services(api, MIGRATIONS, open_domain))
    headers = {"authorization": f"Bearer {make_tokens(settings).issue(books.viewer).text}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server", headers=headers) as http,
    ):
        yield Shop(api, http)


def documented(api: Api, mutation: str) -> set[str]:
    """Return the codes in a mutation's description, and those that follow from its input."""
    assert api.graphql_schema.mutation_type is not None
    field = api.graphql_schema.mutation_type.fields[mutation]
    kind = get_named_type(field.args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    said = (field.description or "").partition("Error codes:")[2]
    same = re.search(r"as for `(\w+)`", said)
    codes = {"FORBIDDEN", "INVALID", *re.findall(r"`([A-Z_]+)`", said)}
    if same:
        codes |= {*documented(api, same[1])}
    if any(get_named_type(each.type).name == "ID" for each in kind.fields.values()):
        codes.add("NOT_FOUND")
    if "expectedVersion" in kind.fields or mutation == "reverseTransfer":
        codes.add("CONFLICT")
    return codes | ({"IDEMPOTENCY_KEY_REQUIRED"} if mutation in KEYED else set())


@pytest.fixture
async def provoked(books: Books, workline_api: Api) -> dict[str, set[str]]:
    """Return the codes that each mutation returned."""
    world = await world_of(books)
    found: dict[str, set[str]] = {mutation: set() for mutation in MUTATIONS}
    member_books = await books.joined_by("MEMBER")
    async with shop_of(books, workline_api) as shop, shop_of(member_books, workline_api) as member:
        for mutation, input in cases(world):
            found[mutation] |= await shop.codes(mutation, input)
        for mutation, input in dict(cases(world)).items():
            valid = {name: UNKNOWN_ID if value == "malformed" else value for name, value in input.items()}
            found[mutation] |= await member.codes(mutation, {**valid, **_named(mutation)})
            if mutation in KEYED:
                found[mutation] |= await shop.codes(mutation, valid, key=False)
        pay = {"orderId": world["placed"], "payeeAccountId": world["rich"]}
        in_transaction = await shop.codes("payOrder", pay, transaction=True)
    assert in_transaction == {"NOT_IN_TRANSACTION"}
    assert await books.broken() == []
    return found


def _named(mutation: str) -> Input:
    return {"name": "Till"} if mutation == "openAccount" else {}


async def test_exactly_the_documented_codes_are_returned(provoked: dict[str, set[str]], workline_api: Api) -> None:
    assert provoked == {mutation: documented(workline_api, mutation) for mutation in MUTATIONS}
