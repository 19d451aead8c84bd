"""Options of an executor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from graphql import GraphQLSchema

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.rate_limit_buckets import charge_buckets
from graphql_app.database.trusted_documents import find_document
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.documents import DocumentCache
from graphql_app.execution.load_shedding import LoadShedder, SheddingLimits
from graphql_app.execution.persisted import PersistedDocuments, PersistedMode, TrustedDocuments
from graphql_app.execution.rate_limits import RateLimiter, RateLimits
from graphql_app.execution.request_bounds import RequestBounds
from graphql_app.execution.stored_documents import DocumentLimits
from graphql_app.limits import Limits, WriteLimits
from graphql_app.pacing import OBJECTS
from graphql_app.sql.compiled import StatementCache
from graphql_app.telemetry.metrics import Sample


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """Options of an executor. ``timeout`` bounds a whole operation, in seconds. ``bounds`` limit documents."""

    limits: Limits = field(default_factory=Limits)
    writing: WriteLimits = field(default_factory=WriteLimits)
    costs: CostLimits = field(default_factory=CostLimits)
    timeout: float = 20.0
    introspection: bool = True
    suggestions: bool = True
    """True to suggest similar names in the errors of invalid documents, if introspection is allowed."""
    bounds: RequestBounds = field(default_factory=RequestBounds)
    trace: bool = False
    """True to describe the execution in ``extensions.trace`` of every response."""
    trace_on_request: bool = False
    """True to describe it in the responses to requests that ask for it, with PostgreSQL's plans for owners."""
    names_transactions: Literal["off", "traced", "all"] = "off"
    """Operations whose transactions have their name and trace in ``application_name``."""
    report_cost: bool = False
    """True to describe the cost in ``extensions.cost`` of every response, not only on request."""
    plan: bool = True
    """True to execute operations by plans where possible, and to share documents that differ in literals.

    Responses do not depend on it.
    """
    rates: RateLimits = field(default_factory=RateLimits)
    """Limits of the cost of each client's operations. Without any, none apply."""
    shedding: SheddingLimits = field(default_factory=lambda: SheddingLimits(interval=0))
    """Times that operations wait while the pool has no room. By default, they wait in the pool only."""
    caches: CacheLimits = field(default_factory=CacheLimits)
    persisted: PersistedMode = "automatic"
    trusted: TrustedDocuments = field(default_factory=TrustedDocuments)
    stored: bool = False
    """True to look up trusted documents in the database."""
    persisted_limits: DocumentLimits = field(default_factory=DocumentLimits)
    """Limits of the automatic documents that are cached for each kind of viewer, and of the stored ones."""
    objects_per_pass: int = OBJECTS
    """Objects of large operations that are built or encoded between two passes of the event loop."""


DEFAULT_OPTIONS = ExecutorOptions()


def document_cache(options: ExecutorOptions, schema: GraphQLSchema) -> DocumentCache:
    """Return an empty cache of documents."""
    return DocumentCache(
        schema,
        introspection=options.introspection,
        bounds=options.bounds,
        suggestions=options.suggestions,
        caches=options.caches,
        limits=options.limits,
        share_literals=options.plan,
    )


def persisted_documents(options: ExecutorOptions, connections: ConnectionPool) -> PersistedDocuments:
    """Return the persisted documents of an executor, with those in the database if they are looked up."""
    find = partial(find_document, connections) if options.stored else None
    return PersistedDocuments(options.persisted, options.trusted, options.persisted_limits, find)


def rate_limiter(options: ExecutorOptions, connections: ConnectionPool) -> RateLimiter:
    """Return the rate limiter of an executor."""
    return RateLimiter(options.rates, partial(charge_buckets, connections))


def load_shedder(options: ExecutorOptions, connections: ConnectionPool) -> LoadShedder:
    """Return the load shedder of an executor."""
    return LoadShedder(options.shedding, lambda: connections.room, connections.metrics.admission_wait.observe)


def sample_of(documents: Sequence[DocumentCache], statements: StatementCache) -> Sample:
    """Return the sizes and the misses of the caches of one process."""
    return Sample(
        {
            "cached_documents": sum(each.documents for each in documents),
            "cached_document_bytes": sum(each.size for each in documents),
            "cached_statements": len(statements),
            "cached_statement_bytes": statements.size,
        },
        {
            "documents_read": sum(each.read_count for each in documents),
            "plans_made": sum(each.plan_count for each in documents),
            "statements_compiled": statements.compiled_count,
        },
    )
