"""Process that runs one kind of job until it is killed: ``python -m tests.faults.job_process ADDRESS``."""

import asyncio
import sys

from sqlalchemy import Integer, Uuid, bindparam, text

from graphql_app.database.pool_settings import open_pool
from graphql_app.database.transaction import WriteTransaction
from graphql_app.jobs.declarations import Declarations, JobStep, NoArguments, StepResult, job
from graphql_app.jobs.process import running_jobs
from graphql_app.postgres.addresses import parse_address
from graphql_app.settings import Settings
from tests.support.application import load_models

BATCH = 250
LEASE = 2.0
"""Seconds of a lease."""
STEP = text("""
WITH batch AS (
    SELECT id FROM tasks WHERE organization_id = :organization AND id > :after ORDER BY id LIMIT :most
    FOR NO KEY UPDATE
)
UPDATE tasks SET version = version + 1 FROM batch
WHERE tasks.organization_id = :organization AND tasks.id = batch.id RETURNING tasks.id
""").bindparams(bindparam("after", type_=Uuid()), bindparam("most", type_=Integer()))
FIRST = "00000000-0000-0000-0000-000000000000"


@job("processAll")
async def process_all(tx: WriteTransaction, step: JobStep[NoArguments]) -> StepResult:
    """Process a batch: the version of each task counts how often it was processed."""
    rows = await tx.fetch(STEP, after=step.state.get("after", FIRST), most=BATCH)
    last = str(max(row[0] for row in rows)) if rows else None
    return StepResult(done=len(rows), state=None if last is None else {"after": last})


async def main(address: str) -> None:
    """Run jobs for ever."""
    load_models()
    settings = Settings(job_lease=LEASE, job_concurrency=2)
    connections = open_pool(parse_address(address), settings)
    async with running_jobs(Declarations({process_all.name: process_all}), connections, settings, None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
