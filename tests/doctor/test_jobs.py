"""Check of background jobs."""

from graphql_app.doctor.findings import Severity, Subject
from graphql_app.doctor.jobs import jobs
from graphql_app.postgres.admin_connections import DriverConnection
from tests.doctor.subjects import messages_of

ORGANIZATION = "INSERT INTO organizations (id, name) VALUES ('019aa000-0000-7000-8000-000000000001', 'North')"
JOB = """INSERT INTO jobs (organization_id, id, name, status, arguments, state, priority, available_at, finished_at)
VALUES ('019aa000-0000-7000-8000-000000000001', gen_random_uuid(), 'export', $1::text, '{}', '{}', 3,
        now() - interval '10 minutes', CASE WHEN $1 = 'FAILED' THEN now() END)"""


async def test_an_empty_queue_is_fine(subject: Subject) -> None:
    assert "0 background jobs are due" in messages_of(await jobs(subject), Severity.OK)


async def test_a_job_that_no_process_runs_is_a_warning(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute(ORGANIZATION)
    await admin.execute(JOB, "QUEUED")
    found = messages_of(await jobs(subject), Severity.WARNING)
    assert "1 job is due" in found
    assert "10 minutes" in found


async def test_a_failed_job_is_a_warning(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute(ORGANIZATION)
    await admin.execute(JOB, "FAILED")
    assert "1 background job has failed in the last day" in messages_of(await jobs(subject), Severity.WARNING)


async def test_a_late_schedule_is_a_warning(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("INSERT INTO job_schedules VALUES ('tick', '60', now() - interval '1 hour')")
    assert "60 minutes" in messages_of(await jobs(subject), Severity.WARNING)
