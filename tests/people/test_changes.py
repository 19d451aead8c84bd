"""Effects over HTTP of the mutations of workers, and their statements."""

import pytest

from tests.support.api import Json, Workline
from tests.support.error_cases import Clients
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.statements import sent_by

OTHER = str(id_of("users", 4))
LINKED, LEFT, UNLINKED = (str(id_of("workers", number)) for number in (2, 3, 4))
WORKER = "worker { id name hourlyRate deactivatedAt user { id } }"


async def test_a_worker_is_created_changed_deactivated_and_linked(own_clients: Clients) -> None:
    worker = await own_clients.change("createWorker", WORKER, name="Zoe", hourlyRate="42.50", userId=OTHER)
    assert (worker["name"], worker["hourlyRate"], worker["user"]) == ("Zoe", "42.50", {"id": OTHER})
    id = worker["id"]
    assert (await own_clients.change("updateWorker", WORKER, id=id, hourlyRate="43"))["hourlyRate"] == "43.00"
    assert (await own_clients.change("unlinkWorker", WORKER, id=id))["user"] is None
    assert (await own_clients.change("linkWorker", WORKER, id=id, userId=OTHER))["user"] == {"id": OTHER}
    assert (await own_clients.change("deactivateWorker", WORKER, id=id))["deactivatedAt"]
    assert (await own_clients.change("reactivateWorker", WORKER, id=id))["deactivatedAt"] is None


async def test_the_currency_of_the_rates_is_changed_and_euro_without_settings(own_workline: Workline) -> None:
    """The organizations of the tests have settings, those of a sign-up have none."""
    shown = "{ viewer { organization { currency } } }"
    change = """mutation ($c: String!) {
      changeCurrency(input: {currency: $c}) { organization { id currency } errors { code } }
    }"""

    async def current() -> str:
        currency: str = (await own_workline.fetch(shown))["viewer"]["organization"]["currency"]
        return currency

    async def changed(currency: str) -> Json:
        payload: Json = (await own_workline.fetch(change, c=currency))["changeCurrency"]
        return payload

    assert await current() == "AAA"
    organization = {"id": str(ALPHA.organization), "currency": "CHF"}
    assert await changed("CHF") == {"organization": organization, "errors": []}
    async with own_workline.database.as_system() as connection:
        await connection.execute("DELETE FROM organization_settings WHERE id = $1", ALPHA.organization)
    assert await current() == "EUR"
    assert await changed("USD") == {"organization": organization | {"currency": "USD"}, "errors": []}
    assert await current() == "USD"
    other = await own_workline.fetch(shown, BRAVO.viewer())
    assert other["viewer"]["organization"]["currency"] == "BBB"


PINNED: dict[str, tuple[Json, list[str]]] = {
    "createWorker": ({"name": "Zoe", "hourlyRate": "1"}, ["insert workers"]),
    "updateWorker": ({"id": LINKED, "name": "Mia"}, ["lock workers", "update workers"]),
    "deactivateWorker": ({"id": LINKED}, ["lock workers", "update workers"]),
    "reactivateWorker": ({"id": LEFT}, ["lock workers", "update workers"]),
    "linkWorker": (
        {"id": UNLINKED, "userId": OTHER},
        ["lock workers", "select users", "update workers"],
    ),
    "unlinkWorker": ({"id": LINKED}, ["lock workers", "update workers"]),
    "changeCurrency": (
        {"currency": "CHF"},
        ["lock organizations", "select organization_settings", "update organization_settings"],
    ),
}


@pytest.mark.parametrize("mutation", PINNED)
async def test_a_mutation_takes_these_statements(own_workline: Workline, mutation: str) -> None:
    input, expected = PINNED[mutation]
    assert await sent_by(own_workline, mutation, input, "") == expected
