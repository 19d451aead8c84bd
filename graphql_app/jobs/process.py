"""Running of jobs and schedules within a server, or in a separate process, with metrics of the queue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from graphql_app.database.errors import DATABASE_ERRORS
from graphql_app.database.pool import ConnectionPool
from graphql_app.jobs.declarations import Declarations
from graphql_app.jobs.queue import CHANNEL
from graphql_app.jobs.runner import JobRunner
from graphql_app.jobs.scheduler import Scheduler
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import PostgresError
from graphql_app.settings import Settings
from graphql_app.telemetry.metrics import Sample

QUEUE = "SELECT * FROM job_queue()"
SAMPLING = 10.0
"""Seconds between two samples of the queue."""
PAUSE = 1.0
"""Seconds before the listening connection is opened again."""


@asynccontextmanager
async def running_jobs(
    declarations: Declarations, connections: ConnectionPool, settings: Settings, services: object
) -> AsyncIterator[JobRunner]:
    """Yield the runner while jobs and schedules run. Enqueuing transactions of this process wake it."""
    runner = JobRunner(declarations, connections, settings, services)
    tasks = [asyncio.create_task(runner.run()), asyncio.create_task(_sample(connections))]
    if declarations.schedules:
        tasks.append(asyncio.create_task(Scheduler(declarations, connections, settings, services).run()))
    connections.listeners[CHANNEL] = runner.wake
    try:
        yield runner
    finally:
        connections.listeners.pop(CHANNEL, None)
        await runner.stop(settings.shutdown_timeout)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def listen(runner: JobRunner, address: Address) -> None:
    """Wake the runner when another process announces a job, until cancelled. ``address`` is one without a pooler.

    Without announcements, due jobs are found within about a second.
    """
    while True:
        with suppress(PostgresError, *DATABASE_ERRORS):
            connection = await connect(address)
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener(CHANNEL, lambda *_: runner.wake())
                await lost.wait()
            finally:
                connection.terminate()
        await asyncio.sleep(PAUSE)


async def _sample(connections: ConnectionPool) -> None:
    while True:
        with suppress(*DATABASE_ERRORS):
            async with connections.driver() as driver:
                row = await driver.fetchrow(QUEUE)
            if row is not None:
                connections.metrics.record(Sample({"jobs_waiting": row[0], "jobs_oldest_waiting_seconds": row[1]}, {}))
        await asyncio.sleep(SAMPLING)
