"""Command ``workline seed``: reproducible demo data."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from types import ModuleType
from typing import TYPE_CHECKING, Never, Self

import click
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.cli.database import open_database, owner_of
from graphql_app.cli.migrate import migrate_up
from graphql_app.cli.terminal import say
from graphql_app.postgres.addresses import Address
from graphql_app.settings import ApplicationConfig, SettingsError, find_application, load_settings

REFUSED = (
    "WORKLINE_ENV is production, and users of demo organizations have a published password. Use another database, or "
    "run workline seed --force"
)


class ProgressBars:
    """Progress report: a bar with rate and remaining time on a terminal, elsewhere a line per part.

    Called with (part, done, total), for one part after another.
    """

    def __init__(self) -> None:
        # without a terminal, each refresh of a bar would be a line
        self._drawn = sys.stderr.isatty()
        self._bar: tqdm[Never] | None = None
        self._part = ""
        self._done = self._total = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __call__(self, part: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` rows of ``part`` are written."""
        if part != self._part:
            self._close()
            self._open(part, total)
        self._done = done
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def _open(self, part: str, total: int) -> None:
        self._part, self._total, self._started = part, total, time.monotonic()
        if self._drawn:
            from tqdm import tqdm

            self._bar = tqdm(total=total, desc=part, unit=" rows", unit_scale=True, file=sys.stderr)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._part and self._done >= self._total:
            say(f"{self._part}: {self._total} rows ... {time.monotonic() - self._started:.1f} s")
        self._bar, self._part = None, ""


if TYPE_CHECKING:
    from tqdm import tqdm


def fill(owner: Address, sizes: dict[str, int], config: ApplicationConfig, *, add: bool = False) -> None:
    """Write the organizations of ``sizes`` in one transaction, and report the progress.

    Raises PostgresError if there are organizations already. With ``add``, adds to them instead.
    """
    seeding = seed_of(config)
    with ProgressBars() as bars:
        asyncio.run(write(owner, lambda connection: seeding.seed(connection, seeding.Sizes(**sizes), bars, add=add)))


def is_empty(owner: Address, config: ApplicationConfig) -> bool:
    """Return True if the database has no organization."""
    found: bool = asyncio.run(write(owner, seed_of(config).is_empty))
    return found


def seed_of(config: ApplicationConfig) -> ModuleType:
    """Return the application's seed. The application is imported only when a command needs it."""
    from graphql_app.application import load_application

    application = load_application(config)
    application.load_models()
    return application.seed


async def write[T](owner: Address, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Return the result of ``work`` on a connection. Runs inside an event loop."""
    async with connected(owner) as connection:
        return await work(connection)


@asynccontextmanager
async def connected(owner: Address) -> AsyncIterator[AsyncConnection]:
    """Connect to the database with SQLAlchemy, without a pool."""
    engine = create_async_engine(owner.url, connect_args=owner.connect_args, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


class SeedCommand(click.Command):
    """Command with an option for each size of the seed."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the sizes, then the usual ones."""
        return [*size_options(), *super().get_params(ctx)]


def size_options() -> list[click.Option]:
    """Return an option per field of ``Sizes``, with the help text in the field's ``metadata["help"]``."""
    return [
        click.Option(
            [f"--{field.name.replace('_', '-')}"],
            type=click.IntRange(0),
            default=field.default,
            show_default=field.default is not None,
            help=field.metadata.get("help"),
        )
        for field in fields(seed_of(find_application()).Sizes)
    ]


@click.command(cls=SeedCommand, short_help="Fill the database with demo organizations.")
@click.option("--add", is_flag=True, help="Add organizations to a database that is not empty.")
@click.option("--force", is_flag=True, help="Run in production, although the password of the users is published.")
def seed(add: bool, force: bool, **sizes: int) -> None:
    """Fill an empty database with demo organizations. The same options create the same data.

    An application without a module `seed` gets one organization and its owner. The data is written in one transaction,
    so an interrupted run leaves nothing behind.
    """
    settings = load_settings()
    application = find_application(settings)
    if settings.env == "production" and not force:
        raise SettingsError([REFUSED])
    with open_database(settings) as database:
        migrate_up(database, application)
        fill(owner_of(database), sizes, application, add=add)
