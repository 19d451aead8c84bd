"""ASGI application factory for server processes: ``uvicorn --factory graphql_app.asgi:create_app``."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
from starlette.applications import Starlette

from graphql_app.app import create_app as create_application
from graphql_app.application import load_application
from graphql_app.http.lifespan import OpenServices, Services
from graphql_app.http.logging import configure_logging
from graphql_app.http.services import api_services
from graphql_app.postgres.migrations import Migrations
from graphql_app.settings import Settings, find_application, load_settings

log = structlog.get_logger("workline.server")

THRESHOLDS = (50_000, 20, 50)
"""Garbage collector thresholds: a response of 1,000 rows allocates more than Python's default of 2,000 objects."""


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the application for ``settings``, or for this process's environment. Raises SettingsError, SchemaMismatch.

    Its lifespan tunes garbage collection for the whole process, which must therefore be a dedicated server process.
    """
    settings = settings or load_settings()
    configure_logging(settings)
    application = load_application(find_application(settings))
    config = application.config
    log.info(
        "application",
        schema=config.package,
        directory=str(application.directory),
        migrations=str(config.migrations),
        named_by=config.origin,
    )
    migrations, declared = Migrations(config.migrations), application.declarations()
    services = api_services(application.build(settings), migrations, application.open_domain, declared)
    return create_application(settings, _with_tuned_collection(services))


def _with_tuned_collection(open_services: OpenServices) -> OpenServices:
    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[Services]:
        async with open_services(settings) as services:
            with _tuned_collection():
                yield services

    return opened


@contextmanager
def _tuned_collection() -> Iterator[None]:
    """Exclude all present objects from garbage collection, and collect less often, for the duration of the block.

    The schema, its models and their statements live as long as the process, so a collection that traverses them finds
    nothing. Cycles that requests leave are still collected, in larger batches.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
