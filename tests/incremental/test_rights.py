"""Rights in parts of a response: each viewer gets the data and errors of a response in one part."""

from typing import Any

import pytest

from tests.incremental.merging import merged, messages
from tests.support.api import Json, Workline
from tests.support.organizations import ALPHA, id_of

DEFERRED = """query ($task: ID!) {
  workers(first: 3) { nodes { id ... @defer(label: "rates") {
    name hourlyRate history(first: 3) { nodes { changes { name old new } } }
  } } }
  ... @defer(label: "lists") {
    auditLog(first: 2) { nodes { id changes { name } } }
    accounts(first: 2) { nodes { id } }
    payments(first: 2) { totalCount }
    jobs(first: 2) { nodes { id } }
  }
  ... @defer(label: "task") { node(id: $task) { id ... on Task { title } } task(id: $task) { title } }
}"""
STREAMED = "{ auditLog(first: 3) { nodes @stream(initialCount: 1) { id changes { name } } } }"


def outcome(body: Json) -> tuple[Any, list[tuple[str, str]]]:
    """Return the data, and the paths and codes of the errors."""
    found = [(str(error["path"]), error["extensions"]["code"]) for error in body.get("errors", ())]
    return body["data"], sorted(found)


@pytest.mark.parametrize("role", ["MEMBER", "MANAGER", "OWNER"])
@pytest.mark.parametrize("query", [DEFERRED, STREAMED], ids=["defer", "stream"])
async def test_parts_have_the_data_and_errors_of_one_response(workline: Workline, query: str, role: str) -> None:
    viewer, ids = ALPHA.viewer(role), {"task": str(id_of("tasks", 0))} if "$task" in query else {}
    parts = await messages(workline, query, "v0.2", viewer, **ids)
    (whole,) = await messages(workline, query, None, viewer, **ids)
    _, errors = expected = outcome(whole)
    assert outcome(merged(parts)) == expected
    assert bool(errors) == (role != "OWNER")
