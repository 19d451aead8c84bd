"""Error cases of every mutation of workers, over HTTP."""

from uuid import uuid4

import pytest

from graphql_app.strawberry_adapter import fields_of
from graphql_app.types.filter_inputs import api_name
from schema.people.root import Mutation
from tests.support.error_cases import Clients, Refusal, expected, refused, stale, untried
from tests.support.organizations import ALPHA, id_of

MEMBER, GONE, OTHER = (str(id_of("users", number)) for number in (2, 3, 4))
FIRST, LINKED, LEFT, UNLINKED = (str(id_of("workers", number)) for number in (0, 2, 3, 4))
UNKNOWN_ID = str(uuid4())
MANAGES, WORKS = ALPHA.viewer("MANAGER", 1), ALPHA.viewer("MEMBER", 2)
RATED = {"name": "Zoe", "hourlyRate": "42.50"}
CASES = [
    refused("createWorker", {"name": "", "hourlyRate": "-0.01"}, "INVALID name", "INVALID hourlyRate"),
    refused("createWorker", {**RATED, "hourlyRate": "0.001"}, "INVALID hourlyRate"),
    refused("createWorker", {**RATED, "userId": UNKNOWN_ID}, "NOT_FOUND userId"),
    refused("createWorker", {**RATED, "userId": GONE}, "INVALID userId"),
    refused("createWorker", {**RATED, "userId": MEMBER}, "INVALID userId"),
    refused("createWorker", RATED, "FORBIDDEN", by=WORKS),
    refused("updateWorker", {"id": LINKED, "name": None, "hourlyRate": None}, "INVALID name", "INVALID hourlyRate"),
    refused("updateWorker", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("updateWorker", {"id": FIRST, "name": "Mia"}, "FORBIDDEN id", by=WORKS),
    refused("updateWorker", {"id": LINKED, "hourlyRate": "1"}, "FORBIDDEN hourlyRate", by=WORKS),
    stale("updateWorker", {"id": LINKED}),
    refused("deactivateWorker", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("deactivateWorker", {"id": LEFT}, "CONFLICT id"),
    refused("deactivateWorker", {"id": LINKED}, "FORBIDDEN", by=WORKS),
    stale("deactivateWorker", {"id": LINKED}),
    refused("reactivateWorker", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("reactivateWorker", {"id": LINKED}, "CONFLICT id"),
    refused("reactivateWorker", {"id": LEFT}, "FORBIDDEN", by=WORKS),
    stale("reactivateWorker", {"id": LEFT}),
    refused("linkWorker", {"id": UNKNOWN_ID, "userId": OTHER}, "NOT_FOUND id"),
    refused("linkWorker", {"id": UNLINKED, "userId": UNKNOWN_ID}, "NOT_FOUND userId"),
    refused("linkWorker", {"id": UNLINKED, "userId": GONE}, "INVALID userId"),
    refused("linkWorker", {"id": UNLINKED, "userId": MEMBER}, "INVALID userId"),
    refused("linkWorker", {"id": UNLINKED, "userId": OTHER}, "FORBIDDEN", by=WORKS),
    stale("linkWorker", {"id": UNLINKED, "userId": OTHER}),
    refused("changeCurrency", {"currency": "euro"}, "INVALID currency"),
    refused("changeCurrency", {"currency": "EUR"}, "FORBIDDEN", by=MANAGES),
    refused("unlinkWorker", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("unlinkWorker", {"id": UNLINKED}, "INVALID id"),
    refused("unlinkWorker", {"id": LINKED}, "FORBIDDEN", by=WORKS),
    stale("unlinkWorker", {"id": LINKED}),
]
MUTATIONS = {api_name(each) for each in fields_of(Mutation)}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_mutation_is_refused(clients: Clients, case: Refusal) -> None:
    assert await clients.errors(case) == expected(case)


def test_every_mutation_refuses_unknown_ids_and_other_versions(clients: Clients) -> None:
    assert not list(untried(clients.schema, MUTATIONS, CASES))
