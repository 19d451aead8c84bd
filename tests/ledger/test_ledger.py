"""Queries of transfers, their accounts and their reversals."""

import pytest

from tests.support.api import Workline
from tests.support.organizations import id_of

pytestmark = pytest.mark.both_modes

TRANSFER = """
query ($id: ID!) {
  transfer(id: $id) {
    amount currency
    fromAccount { id outgoingTransfers { nodes { id } } }
    toAccount { id incomingTransfers { nodes { id } } }
    reverses { id reversedBy { id } }
    reversedBy { id reverses { id } }
    entries { nodes { amount account { id } } }
  }
}
"""


async def test_a_transfer_and_its_accounts_refer_to_each_other(workline: Workline) -> None:
    first, second = (str(id_of("transfers", number)) for number in range(2))
    accounts = [str(id_of("accounts", number)) for number in range(2)]
    shown = (await workline.fetch(TRANSFER, id=first))["transfer"]
    assert shown["fromAccount"] == {"id": accounts[0], "outgoingTransfers": {"nodes": [{"id": first}, {"id": second}]}}
    assert shown["toAccount"] == {"id": accounts[1], "incomingTransfers": {"nodes": [{"id": first}, {"id": second}]}}
    assert (shown["reverses"], shown["reversedBy"]) == (None, {"id": second, "reverses": {"id": first}})
    assert [entry["account"]["id"] for entry in shown["entries"]["nodes"]] == accounts
    out, into = (entry["amount"] for entry in shown["entries"]["nodes"])
    assert out.startswith("-")
    assert not into.startswith("-")


async def test_transfers_can_be_filtered_by_their_reversal(workline: Workline) -> None:
    """Lists can be filtered by a relation without its own foreign key."""
    counts = await workline.fetch(
        "{ reversed: transfers(filter: {reversedBy: {}}) { totalCount } "
        "standing: transfers(filter: {not: {reversedBy: {}}}) { totalCount } "
        "reversing: transfers(filter: {reversesId: {isNull: false}}) { totalCount } }"
    )
    assert {name: each["totalCount"] for name, each in counts.items()} == {"reversed": 2, "standing": 3, "reversing": 2}
