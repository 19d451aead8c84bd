"""Checks of background jobs: due jobs that no process runs, schedules that are late, and failed jobs."""

from graphql_app.doctor.findings import DatabaseCheck, Finding, Subject, ok, several, warning

QUEUE = "SELECT waiting, oldest, failed, late FROM job_queue()"
LATE = 300.0
"""Seconds after which a due job or schedule should have been started."""


async def jobs(database: Subject) -> list[Finding]:
    """Check that processes run the due jobs and schedules, and that no job has failed in the last day."""
    row = await database.app.fetchrow(QUEUE)
    assert row is not None
    found: list[Finding] = []
    if max(row["oldest"], row["late"]) > LATE:
        late = f"Background jobs wait: {several(row['waiting'], 'job is', 'jobs are')} due, the oldest work for "
        remedy = "Start servers with WORKLINE_JOBS=server, or `workline jobs`, or raise WORKLINE_JOB_CONCURRENCY."
        found.append(warning(f"{late}{max(row['oldest'], row['late']) / 60:.0f} minutes.", remedy))
    if row["failed"]:
        failed = several(row["failed"], "background job has", "background jobs have")
        remedy = "Read `jobs(filter: {status: {eq: FAILED}})` as an owner; the log contains errors by their IDs."
        found.append(warning(f"{failed} failed in the last day.", remedy))
    return found or [ok(f"{several(row['waiting'], 'background job is', 'background jobs are')} due, none is late.")]


JOB_CHECKS: dict[str, DatabaseCheck] = {"background jobs": jobs}
