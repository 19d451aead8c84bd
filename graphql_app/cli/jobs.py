"""Command ``workline jobs``: a process that runs background jobs and schedules, without serving requests."""

import asyncio
import signal
from contextlib import AsyncExitStack

import click

from graphql_app.cli.database import open_database
from graphql_app.database.pool_settings import open_pool
from graphql_app.http.logging import configure_logging
from graphql_app.jobs.process import listen, running_jobs
from graphql_app.postgres.addresses import parse_address
from graphql_app.settings import Settings, find_application, load_settings
from graphql_app.telemetry.metrics import Metrics


@click.command(short_help="Run background jobs and schedules.")
@click.option("--concurrency", type=click.IntRange(1), help="Jobs that are run at a time.  [default: 2]")
def jobs(concurrency: int | None) -> None:
    """Run background jobs and schedules until Ctrl-C or SIGTERM.

    Servers run them as well, unless WORKLINE_JOBS is `separate`. Any number of processes share the work. At SIGTERM,
    running steps are completed, and their jobs are returned to the queue.
    """
    settings = load_settings(**({} if concurrency is None else {"job_concurrency": concurrency}))
    configure_logging(settings)
    with open_database(settings) as database:
        asyncio.run(run_jobs(settings.model_copy(update={"database_url": database.app_url}), database.app_url))


async def run_jobs(settings: Settings, url: str) -> None:
    """Run jobs until a signal requests the end."""
    # the application is imported only when this command is used
    from graphql_app.application import load_application

    application, address, ended = load_application(find_application(settings)), parse_address(url), asyncio.Event()
    application.build(settings)
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        connections = open_pool(address, settings, metrics)
        stack.push_async_callback(connections.close)
        services = await stack.enter_async_context(application.open_domain(connections, settings))
        stack.enter_context(metrics.listening(settings.host, settings.metrics_port))
        declared = application.declarations()
        runner = await stack.enter_async_context(running_jobs(declared, connections, settings, services))
        direct = settings.database_direct_url
        listening = asyncio.create_task(listen(runner, address if direct is None else parse_address(direct)))
        click.echo(f"Running {len(declared.jobs)} kinds of jobs and {len(declared.schedules)} schedules.")
        await ended.wait()
        listening.cancel()
