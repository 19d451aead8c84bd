"""Endpoints for operators: health, for orchestrators and load balancers, and metrics, for Prometheus.

Those of health require no token and expose no secrets. Metrics contain names of operations.
"""

import asyncio
import hmac
from collections.abc import Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphql_app.database.pool import ConnectionPool
from graphql_app.execution.errors import cause
from graphql_app.http.lifespan import Check, services_of
from graphql_app.http.negotiation import JSON
from graphql_app.http.response import json_response
from graphql_app.postgres.errors import NotMigrated
from graphql_app.postgres.migrations import Migrations, current
from graphql_app.telemetry.metrics import exposition

log = structlog.get_logger("workline.health")

CHECK_TIMEOUT = 2.0
"""Time limit of each check, in seconds. The checks run concurrently."""


class NotReady(Exception):
    """Failure of a readiness check. Its message is part of the response."""


async def live(_: Request) -> Response:
    """Respond that the process is alive, without checks."""
    return json_response({"status": "ok"}, JSON, 200)


async def ready(request: Request) -> Response:
    """Return 200 if traffic may be sent here, or 503 with the checks that failed."""
    services = services_of(request.scope)
    results = await asyncio.gather(*map(_result, services.checks.values()))
    checks = dict(zip(services.checks, results, strict=True))
    if services.drain.announced:
        checks["server"] = _failed("The server is stopping.")
    is_ready = all(check["status"] == "ok" for check in checks.values())
    body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
    return json_response(body, JSON, 200 if is_ready else 503)


async def pool(request: Request) -> Response:
    """Return the state of this process's connection pool."""
    check = services_of(request.scope).checks["pool"]
    return json_response({**await check()}, JSON, 200)


async def metrics(request: Request) -> Response:
    """Return the metrics of all processes that serve this address, in the format that the scraper accepts."""
    services = services_of(request.scope)
    expected = services.settings.metrics_token.get_secret_value()
    if not expected and services.settings.env == "production":
        raise HTTPException(404)
    if expected and not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {expected}"):
        raise HTTPException(401, headers={"www-authenticate": "Bearer"})
    accept = request.headers.get("accept", "")
    body, content_type = await asyncio.to_thread(exposition, services.metrics.exposed(), accept)
    return Response(body, headers={"content-type": content_type, "cache-control": "no-store"})


async def _result(check: Check) -> Mapping[str, object]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return {"status": "ok", **await check()}
    except NotReady as error:
        return _failed(str(error))
    except TimeoutError:
        return _failed(f"No answer within {CHECK_TIMEOUT:g} seconds.")
    except Exception as error:
        # the text of a driver may contain host and user names: it is only logged
        log.warning("not ready", cause=cause(error))
        return _failed("The check failed. The log contains the cause.")


def _failed(message: str) -> dict[str, str]:
    return {"status": "failed", "message": message}


def readiness_checks(connections: ConnectionPool, migrations: Migrations) -> Mapping[str, Check]:
    """Return the checks of `/health/ready` by their names in the response."""

    async def database() -> Mapping[str, object]:
        await connections.ping()
        return {}

    async def migrated() -> Mapping[str, object]:
        async with connections.driver() as driver:
            revisions = await current(driver)
        # a newer release may have migrated the database while this one still serves: then no migration is missing
        if missing := migrations.pending(revisions):
            raise NotReady(str(NotMigrated(len(missing))))
        return {"revision": ", ".join(sorted(revisions))}

    async def pool_status() -> Mapping[str, object]:
        return connections.status()

    return {"database": database, "migrations": migrated, "pool": pool_status}
