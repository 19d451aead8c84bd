"""Background jobs in the API."""

from tests.jobs.conftest import Count, Queue, Steps
from tests.support.api import OWNER, Workline
from tests.support.organizations import ALPHA, BRAVO

PROGRESS = "query ($id: ID!) { job(id: $id) { status total done failed progress error createdBy { id } } }"
CANCEL = """mutation ($id: ID!) { cancelJob(input: {id: $id}) {
  job { status finishedAt } errors { __typename code path } } }"""


async def test_a_client_reads_the_progress_of_a_job(own_workline: Workline, queue: Queue, steps: Steps) -> None:
    id = await queue.add(steps.declare("counting"), Count(4))
    query = await own_workline.fetch(PROGRESS, id=str(id))
    assert query["job"]["status"] == "QUEUED"
    assert query["job"]["progress"] is None
    await queue.change("UPDATE jobs SET status = 'RUNNING', done = 2, failed = 1, total = 4")
    job = (await own_workline.fetch(PROGRESS, id=str(id)))["job"]
    assert job == {
        "status": "RUNNING",
        "total": 4,
        "done": 2,
        "failed": 1,
        "progress": 0.75,
        "error": None,
        "createdBy": {"id": str(OWNER.user_id)},
    }


async def test_other_members_and_other_organizations_do_not_see_a_job(
    own_workline: Workline, queue: Queue, steps: Steps
) -> None:
    id = await queue.add(steps.declare("counting"), Count(1))
    for viewer in (ALPHA.viewer("MEMBER", 1), ALPHA.viewer("MANAGER", 1), BRAVO.viewer()):
        assert await own_workline.fetch(PROGRESS, viewer, id=str(id)) == {"job": None}
        refused = await own_workline.fetch(CANCEL, viewer, id=str(id))
        assert refused["cancelJob"]["errors"][0]["__typename"] == "NotFoundError"
    assert (await own_workline.fetch(PROGRESS, ALPHA.viewer("MEMBER", 0), id=str(id)))["job"] is not None


async def test_a_cancelled_job_cannot_be_cancelled_again(own_workline: Workline, queue: Queue, steps: Steps) -> None:
    id = await queue.add(steps.declare("counting"), Count(1))
    cancelled = (await own_workline.fetch(CANCEL, id=str(id)))["cancelJob"]
    assert cancelled["job"]["status"] == "CANCELLED"
    assert cancelled["job"]["finishedAt"] is not None
    again = (await own_workline.fetch(CANCEL, id=str(id)))["cancelJob"]
    assert (again["job"], again["errors"][0]["code"]) == (None, "CONFLICT")


async def test_arguments_checkpoints_and_leases_are_not_in_the_api(own_workline: Workline) -> None:
    for name in ("arguments", "state", "attempt", "leasedUntil", "availableAt", "scopes", "concurrencyKey"):
        body = await own_workline.respond(f"{{ jobs {{ nodes {{ {name} }} }} }}")
        assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
