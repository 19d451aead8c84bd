"""Services of an API, opened in order and closed in reverse order."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial

import structlog

from graphql_app.database.access_cache import AccessCache
from graphql_app.database.column_types import check_columns
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool, session_settings
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.executor import Executor
from graphql_app.execution.load_shedding import SheddingLimits
from graphql_app.execution.manifests import ManifestError, read_manifests
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.persisted import TrustedDocuments
from graphql_app.execution.rate_limits import RateLimits
from graphql_app.execution.request_bounds import RequestBounds
from graphql_app.execution.stored_documents import DocumentLimits
from graphql_app.http.health import readiness_checks
from graphql_app.http.lifespan import Drain, OpenServices, Services
from graphql_app.identity.access_watch import watching_access
from graphql_app.identity.api_keys import ApiKeys
from graphql_app.identity.authenticator import Authenticator
from graphql_app.identity.issuer_keys import http_client
from graphql_app.identity.issuers import make_issuers
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.services import make_identity_services
from graphql_app.jobs.declarations import Declarations
from graphql_app.jobs.process import running_jobs
from graphql_app.limits import Limits, RateLimit, WriteLimits
from graphql_app.mail.outbox import make_outbox, warn_without_smtp
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.startup_checks import check_roles, check_servable
from graphql_app.settings import Settings, SettingsError
from graphql_app.telemetry.metrics import Metrics, Sample
from graphql_app.types.schema import Api

log = structlog.get_logger("workline.server")
OpenDomain = Callable[[ConnectionPool, Settings], AbstractAsyncContextManager[object]]
"""Context manager of the domain's own services, such as background work, while the server runs."""


def no_domain_services(_connections: ConnectionPool, _settings: Settings) -> AbstractAsyncContextManager[object]:
    """Return the context manager of a domain that needs no services."""
    return nullcontext()


def api_services(
    api: Api,
    migrations: Migrations,
    open_domain: OpenDomain = no_domain_services,
    declarations: Declarations | None = None,
) -> OpenServices:
    """Return a function that opens the services of ``api`` on a database with all ``migrations``.

    The value of ``open_domain`` becomes ``info.context.services.domain``. The jobs and schedules of ``declarations``
    run beside requests, unless the settings exclude it.
    """

    @asynccontextmanager
    async def open_services(settings: Settings) -> AsyncIterator[Services]:
        async with AsyncExitStack() as stack:
            address = _address(settings)
            columns = partial(check_columns, tables=api.tables.values())
            for difference in await check_servable(address, session_settings(settings), migrations, columns):
                log.warning("table differs from this release", difference=difference.sentence, remedy=difference.remedy)
            await check_roles(address, api.role_names)
            metrics = Metrics()
            connections = open_pool(address, settings, metrics)
            stack.push_async_callback(connections.close)
            passwords = PasswordHasher(settings.hash_threads)
            stack.callback(passwords.close)
            domain = await stack.enter_async_context(open_domain(connections, settings))
            if declarations is not None and settings.jobs == "server":
                await stack.enter_async_context(running_jobs(declarations, connections, settings, domain))
            outbox = make_outbox(settings)
            stack.push_async_callback(outbox.close)
            warn_without_smtp(settings)
            identity = make_identity_services(settings, api.role_names, passwords, outbox, domain, api.scopes, metrics)
            issuers = None
            if settings.issuers:  # the certificates of a client take long to load
                client = await stack.enter_async_context(http_client())
                issuers = make_issuers(settings, connections, client, api.role_names)
            authenticator = Authenticator(identity.tokens, ApiKeys(connections, identity.login_limits), issuers)
            cache = AccessCache()
            listening = parse_address(settings.database_direct_url) if settings.database_direct_url else address
            watch = await stack.enter_async_context(watching_access(connections, listening, cache))
            executor = Executor(api, connections, executor_options(settings), identity, cache)
            stack.push_async_callback(executor.rates.close)
            drain = Drain(settings.drain_delay)
            stack.enter_context(metrics.listening(settings.host, settings.metrics_port))
            await stack.enter_async_context(metrics.sampled(partial(_sample, connections, executor, drain)))
            yield Services(
                settings=settings,
                executor=executor,
                authenticator=authenticator,
                drain=drain,
                checks=readiness_checks(connections, migrations),
                access=watch,
                metrics=metrics,
            )

    return open_services


def _sample(connections: ConnectionPool, executor: Executor, drain: Drain) -> Sample:
    caches = executor.sample()
    pool = {f"pool_{name}": number for name, number in connections.status().items()}
    return Sample(
        {
            **caches.levels,
            **pool,
            "operations_running": drain.operations.running,
            "websockets": drain.sockets,
            "http_streams": drain.streams.running,
        },
        {**caches.totals, "pool_discarded": connections.discarded},
    )


def _address(settings: Settings) -> Address:
    if settings.database_url is None:
        raise SettingsError(["DATABASE_URL is missing; `workline serve` starts an embedded database without it."])
    return parse_address(settings.database_url)


def executor_options(settings: Settings) -> ExecutorOptions:
    """Return the options of an executor. Raises SettingsError if a manifest cannot be read."""
    return ExecutorOptions(
        limits=Limits(
            page_default=settings.page_size_default,
            page_most=settings.page_size_max,
            entities_most=settings.entities_max,
            filter_depth=settings.filter_depth_max,
            filter_list=settings.filter_list_max,
            filter_conditions=settings.filter_conditions_max,
            order_keys=settings.order_keys_max,
        ),
        writing=WriteLimits(rows_most=settings.bulk_rows_max, keys_kept=settings.idempotency_ttl),
        costs=CostLimits(settings.max_cost, settings.max_lists, settings.max_response_bytes),
        timeout=settings.operation_timeout,
        names_transactions=settings.database_names,
        shedding=SheddingLimits(settings.overload_interval, settings.overload_wait),
        introspection=settings.introspection,
        suggestions=settings.suggestions,
        bounds=RequestBounds(
            characters=settings.max_document_characters,
            tokens=settings.max_document_tokens,
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            root_fields=settings.max_root_fields,
            directives=settings.max_directives,
            fragments=settings.max_fragments,
            operations=settings.max_operations,
            repeated_fields=settings.max_repeated_fields,
            list_values=settings.max_list_values,
            variable_values=settings.max_variable_values,
            variable_depth=settings.max_variable_depth,
            errors=settings.max_errors,
        ),
        trace=settings.debug,
        trace_on_request=settings.inspector,
        report_cost=settings.report_cost,
        rates=rate_limits(settings),
        plan=settings.plan,
        persisted=settings.persisted_documents,
        trusted=_trusted(settings),
        stored=True,
        persisted_limits=DocumentLimits(settings.automatic_documents, settings.automatic_documents_bytes),
        caches=CacheLimits(
            documents=settings.document_cache,
            document_bytes=settings.document_cache_bytes,
            statements=settings.statement_cache,
            statement_bytes=settings.statement_cache_bytes,
        ),
    )


def rate_limits(settings: Settings) -> RateLimits:
    """Return the rate limits of clients."""
    default = RateLimit(settings.rate_limit, settings.rate_limit_restore) if settings.rate_limit else None
    by_name = {name: RateLimit(*parts) if parts[0] else None for name, parts in settings.named_rate_limits.items()}
    return RateLimits(default, by_name, settings.secret_key.get_secret_value().encode())


def _trusted(settings: Settings) -> TrustedDocuments:
    """Return the documents of the manifests. Raises SettingsError."""
    if settings.persisted_documents == "off":
        return TrustedDocuments()
    try:
        entries = read_manifests(settings.trusted_documents)
    except ManifestError as error:
        raise SettingsError([f"WORKLINE_TRUSTED_DOCUMENTS is invalid: {error}"]) from None
    return TrustedDocuments((entry.id, entry.text) for entry in entries)
