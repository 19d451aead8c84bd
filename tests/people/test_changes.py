"""Effects over HTTP of the mutations of workers, and their statements."""

import pytest

from tests.support.api import Json, Workline
from tests.support.error_cases import Clients
from tests.support.organizations import id_of
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
}


@pytest.mark.parametrize("mutation", PINNED)
async def test_a_mutation_takes_these_statements(own_workline: Workline, mutation: str) -> None:
    input, expected = PINNED[mutation]
    assert await sent_by(own_workline, mutation, input, "") == expected
