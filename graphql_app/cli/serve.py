"""Command ``workline serve``: the server, and in development its database."""

import asyncio
import errno
import http.client
import os
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from sqlalchemy import Table

from graphql_app.cli.database import open_database, owner_of
from graphql_app.cli.migrate import migrate_up
from graphql_app.cli.seed import fill, is_empty, seed_of
from graphql_app.cli.supervisor import ServerProcesses, serve_as_child, serve_on
from graphql_app.cli.terminal import say
from graphql_app.cli.token import find_viewer
from graphql_app.database.column_types import check_columns
from graphql_app.database.pool_settings import session_settings
from graphql_app.http.server import server_config
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.errors import AccessDenied, Unreachable
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.roles import DatabaseUrls
from graphql_app.postgres.startup_checks import check_servable
from graphql_app.settings import (
    ApplicationConfig,
    Settings,
    find_application,
    load_settings,
    unknown_variables,
)
from graphql_app.settings.loading import secret_variables
from graphql_app.telemetry.metrics import shared_by_processes

if TYPE_CHECKING:
    from tenacity import RetryCallState

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between two attempts, at least and at most."""
ANSWER_INTERVAL = 0.05
"""Seconds between two probes of the starting server."""
ENGINE = Path(__file__).parents[1]
APPLICATION = "graphql_app.asgi:create_app"
type Wait = Callable[[], None]
"""Function that blocks until the database can be served. Raises errors that persist."""


@click.command(short_help="Serve the API.")
@click.option("--host", help="Address to listen on; 0.0.0.0 for all interfaces.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 chooses a free one.  [default: 8000]")
@click.option("--processes", type=click.IntRange(1), help="Number of server processes.  [default: 1]")
@click.option("--reload", is_flag=True, help="Restart when the code changes, for development.")
@click.option("--wait-for-database", "wait", is_flag=True, help="Wait until the database answers.")
def serve(reload: bool, wait: bool, **chosen: str | int | None) -> None:
    """Serve the API until Ctrl-C or SIGTERM.

    Without DATABASE_URL, starts and migrates the embedded PostgreSQL, and fills an empty database with demo
    organizations. With DATABASE_URL, the database must have been migrated by `workline migrate`.
    """
    settings = load_settings(**{name: value for name, value in chosen.items() if value is not None})
    application = find_application(settings)
    warn_of_unknown(dict(os.environ))
    hide_secrets()
    # check the port before anything else is started
    with listen(settings) as bound, open_database(settings) as database:
        if settings.database_url is None:
            prepare_database(database, application)
        migrations = Migrations(application.migrations)
        check = partial(check_database, settings, database, migrations)
        check_models = partial(check, tables_of(application))
        (partial(wait_for_database, check_models) if wait else check_models)()
        waiting = partial(wait_for_database, check) if wait else None
        serving = settings.model_copy(update={"database_url": database.app_url, "database_owner_url": None})
        run_server(serving, bound, banner(settings, database, application), reload=reload, wait=waiting)


def hide_secrets() -> None:
    """Remove secrets from the environment that serving processes and the embedded PostgreSQL inherit."""
    secrets = secret_variables()
    for name in [name for name in os.environ if name.upper() in secrets]:
        del os.environ[name]


def warn_of_unknown(environment: dict[str, str]) -> None:
    """Warn about variables that look like settings, because a misspelled setting is otherwise ignored silently."""
    for name, meant in unknown_variables(environment).items():
        say(f"Warning: {name} is not a setting and is ignored." + (f" Did you mean {meant}?" if meant else ""))


def check_database(
    settings: Settings, database: DatabaseUrls, migrations: Migrations, tables: Collection[Table] = ()
) -> None:
    """Raise an error if the database cannot be served, or if its columns differ from ``tables``."""
    address = parse_address(database.app_url)
    columns = partial(check_columns, tables=tables)
    asyncio.run(check_servable(address, session_settings(settings), migrations, columns))


def tables_of(application: ApplicationConfig) -> Collection[Table]:
    """Return the tables of the models."""
    from graphql_app.application import load_application

    return load_application(application).load_models().tables.values()


def wait_for_database(check: Callable[[], None]) -> None:
    """Retry the check until the database answers. Raises errors that persist, such as a wrong password."""
    from tenacity import Retrying, retry_if_exception, wait_exponential

    attempts = Retrying(
        retry=retry_if_exception(is_away),
        wait=wait_exponential(SHORTEST_PAUSE, LONGEST_PAUSE),
        before_sleep=report,
        reraise=True,
    )
    attempts(check)


def is_away(error: BaseException) -> bool:
    """Return True if the database may become reachable."""
    return isinstance(error, Unreachable) and not isinstance(error, AccessDenied)


def report(state: "RetryCallState") -> None:
    """Print the reason of the next attempt, and the seconds until then."""
    assert state.outcome is not None
    assert state.next_action is not None
    say(f"{state.outcome.exception()} Retrying in {state.next_action.sleep:g} s.")


def prepare_database(database: DatabaseUrls, application: ApplicationConfig) -> None:
    """Migrate the database, and add the demo organizations if it has none. Existing data is unchanged."""
    migrate_up(database, application)
    if is_empty(owner_of(database), application):
        say("Creating the demo organizations.")
        fill(owner_of(database), {}, application)


def listen(settings: Settings) -> socket.socket:
    """Return a bound socket for the host and port of the settings. Raises ClickException if they are not available."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        hint = " Choose another with --port." if error.errno == errno.EADDRINUSE else ""
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f"Cannot listen on {settings.host}:{settings.port}: {reason}.{hint}") from error
    bound.set_inheritable(True)
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the URL of the socket for a browser on this machine."""
    host, port = bound.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def banner(settings: Settings, database: DatabaseUrls, application: ApplicationConfig) -> str:
    """Return the message: addresses, and the login of the demo. It contains the placeholder ``{address}``."""
    lines = ["", "Workline is ready.", ""]
    if settings.playground:
        lines.append("    Playground   {address}/graphql")
    else:
        lines.append("    GraphQL      {address}/graphql")
    if settings.env != "production":
        lines += demo_login(database, application)
    return "\n".join([*lines, "    Stop with    Ctrl-C", ""])


def demo_login(database: DatabaseUrls, application: ApplicationConfig) -> list[str]:
    """Return the line with the login of the demo, if the database contains the demo."""
    seed = seed_of(application)
    if asyncio.run(find_viewer(parse_address(database.app_url), seed.OWNER_EMAIL)) is None:
        return []
    return [f"    Log in as    {seed.OWNER_EMAIL}   password {seed.DEMO_PASSWORD}"]


@contextmanager
def announced(address: str, text: str) -> Iterator[None]:
    """Print ``text`` as soon as the server at ``address`` answers."""
    over = threading.Event()
    thread = threading.Thread(target=announce, args=(address, text, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def announce(address: str, text: str, over: threading.Event) -> None:
    """Poll the server until it answers, then print ``text``. End early if ``over`` is set."""
    while not over.wait(ANSWER_INTERVAL):
        if answers(address):
            click.echo(text)
            return


def answers(address: str) -> bool:
    """Return True if the server answers its liveness probe."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.client.OK
    connection.close()
    return False


def run_server(settings: Settings, bound: socket.socket, text: str, *, reload: bool, wait: Wait | None) -> None:
    """Serve on ``bound`` until a stop signal, and print ``text`` when the server answers.

    Raises ClickException if the first start fails. With ``wait``, the start is retried instead.
    """
    address = address_of(bound)
    with announced(address, text.format(address=address)):
        if reload:
            reloading(settings, bound)
        elif settings.processes > 1:
            several(settings, bound, wait)
        else:
            alone(settings, bound, wait)


def alone(settings: Settings, bound: socket.socket, wait: Wait | None) -> None:
    """Serve in this process."""
    while True:
        try:
            serve_on(settings, [bound])
        except KeyboardInterrupt:
            return  # uvicorn raises the signal again after a graceful stop
        except SystemExit as failure:
            if wait is None:
                raise click.ClickException("The server did not start.") from failure
            wait()
        else:
            return


def several(settings: Settings, bound: socket.socket, wait: Wait | None) -> None:
    """Serve in child processes."""
    with shared_by_processes(settings.host, settings.metrics_port) as metrics:
        if metrics:
            say(f"Metrics: {metrics}")
        if not ServerProcesses(settings, bound, patient=wait is not None).run():
            raise click.ClickException("The server did not start.")


def reloading(settings: Settings, bound: socket.socket) -> None:
    """Serve in one child process, which is restarted at every change of the code."""
    from uvicorn.supervisors import ChangeReload

    from graphql_app.application import load_application

    folders = [str(ENGINE), str(load_application(find_application(settings)).directory)]
    config = server_config(APPLICATION, settings, reload=True, reload_dirs=folders)
    ChangeReload(config, target=partial(serve_as_child, settings, None), sockets=[bound]).run()
