"""Queries of orders with their relations."""

from decimal import Decimal

from tests.support.api import Workline
from tests.support.organizations import ALPHA, id_of

ORDER = """
query ($id: ID!) {
  order(id: $id) {
    number status total
    customerAccount { name currency }
    lines(orderBy: [{position: {direction: DESC}}]) { nodes { position quantity unitPrice amount } }
    payments { nodes { status transfer { amount reverses { id } fromAccount { id } } } }
    tasks { nodes { title } }
  }
}
"""


async def test_an_order_is_read_with_its_lines_payments_and_tasks(workline: Workline) -> None:
    order = (await workline.fetch(ORDER, id=str(id_of("orders", 0))))["order"]
    assert (order["number"], order["status"]) == (1, "DRAFT")
    assert order["customerAccount"] == {"name": "Alpha accounts.name 0", "currency": "AAA"}
    assert [line["position"] for line in order["lines"]["nodes"]] == [2, 1]
    assert order["payments"]["nodes"][0] == {"status": "PENDING", "transfer": None}
    settled = order["payments"]["nodes"][1]
    assert (settled["status"], settled["transfer"]["reverses"]) == ("SETTLED", {"id": str(id_of("transfers", 0))})
    assert order["tasks"]["nodes"] == [{"title": "Alpha tasks.title 0"}, {"title": "Alpha tasks.title 1"}]


async def test_an_order_takes_one_statement_per_relation_and_level(planned: Workline, resolved: Workline) -> None:
    with planned.statements() as joined:
        await planned.fetch(ORDER, id=str(id_of("orders", 0)))
    assert len(joined) == 4, "the order with its account, its lines, its payments with their transfers, its tasks"
    with resolved.statements() as loaded:
        await resolved.fetch(ORDER, id=str(id_of("orders", 0)))
    assert len(loaded) == 7, "accounts and transfers by their keys, and the transfers that were reversed"


async def test_amounts_are_exact_strings(workline: Workline) -> None:
    data = await workline.fetch("{ orderLines { nodes { quantity unitPrice amount } aggregates { sum { amount } } } }")
    lines = data["orderLines"]["nodes"]
    for line in lines:
        assert line["amount"] == str(Decimal(line["quantity"]) * Decimal(line["unitPrice"])).removesuffix("00")
    total = sum(Decimal(line["amount"]) for line in lines)
    assert data["orderLines"]["aggregates"]["sum"]["amount"] == str(total)
    assert str(lines[0]["unitPrice"]).endswith(str(ALPHA.cents)[-3:])
