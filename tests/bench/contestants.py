"""Compared servers: the command, the dialect, and the supported operations of each."""

import os
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from graphql_app.postgres.roles import APP
from tests.bench.calls import SECRET
from tests.bench.contenders import by_hand, one_sql, strawberry_orm
from tests.bench.data import Bench
from tests.bench.operations import OPERATIONS
from tests.bench.operations.operation import Operation

NODE = Path(__file__).parent / "node"
NODE_22 = NODE / "node_modules" / "node" / "bin" / "node"
UVICORN = ("--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
OURS = "workline"
OWN_RESOLVER = "workline-resolver"
BY_HAND = "rows-isolated"
STATIC = "static"
PAGE_SIZE_MAX = 1_500


@dataclass(frozen=True)
class Contestant:
    """Compared server. ``command`` receives the port; ``digits`` is the precision of its times in digits of a second.

    ``documents`` names the supported documents; None means all documents of its dialect, ``kinds`` None all kinds.
    """

    name: str
    title: str
    dialect: str
    command: Callable[[int], list[str]]
    user: str = "postgres"
    digits: int = 6
    environment: dict[str, str] = field(default_factory=dict)
    documents: Collection[str] | None = None
    kinds: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    peer: bool = False
    """True if it is installed from npm, and left out if that was not possible."""

    def can(self, operation: Operation) -> bool:
        """Return True if it supports the operation."""
        if operation.kind in self.without or (self.kinds and operation.kind not in self.kinds):
            return False
        if self.documents is not None:
            return operation.name in self.documents or operation.document in self.documents
        return operation.has(self.dialect)

    @property
    def is_ours(self) -> bool:
        """Return True for Workline, with and without a hand-written field."""
        return self.dialect == "workline"

    def environment_on(self, bench: Bench) -> dict[str, str]:
        """Return the environment variables of the server."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("WORKLINE_", "DATABASE_"))}
        shared = {**clean, **bench.environment(self.user), "PYTHONWARNINGS": "ignore", **self.environment}
        return {**shared, "DATABASE_URL": bench.urls.app_url} if self.is_ours else shared

    def missing(self) -> str | None:
        """Return the reason why it is not available, or None."""
        if self.peer and not NODE_22.exists():
            return "it is not installed: `make bench` does that where npm is"
        return None


def _python(module: str) -> Callable[[int], list[str]]:
    application = f"tests.bench.contenders.{module}:app"
    return lambda port: [sys.executable, "-m", "uvicorn", application, "--port", str(port), *UVICORN]


def _node(script: str) -> Callable[[int], list[str]]:
    return lambda port: [str(NODE_22), str(NODE / script), str(port)]


def _workline(module: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, "-m", module, "serve", "--port", str(port)]


PRODUCTION = {
    "WORKLINE_ENV": "production",
    "WORKLINE_SECRET_KEY": SECRET,
    "WORKLINE_PAGE_SIZE_MAX": str(PAGE_SIZE_MAX),
    "WORKLINE_INTROSPECTION": "true",
    "WORKLINE_RATE_LIMIT": "0",
}
LEAN = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
RESOLVER = frozenset({"resolver"})
HANDLERS = frozenset({*by_hand.READS, *by_hand.WRITES})
WRITTEN = frozenset(name for name, operation in OPERATIONS.items() if operation.kind in ("shapes", "introspection"))

CONTESTANTS = (
    Contestant(OURS, "Workline", "workline", _workline("graphql_app"), environment=PRODUCTION, without=RESOLVER),
    Contestant(
        OWN_RESOLVER, "Workline and a resolver", "workline", _workline("tests.bench.contenders.own_resolver"),
        environment=PRODUCTION, kinds=RESOLVER,
    ),
    Contestant(
        BY_HAND, "by hand, rows, in a transaction", "hand", _python("rows_isolated"), user=APP, documents=HANDLERS
    ),
    Contestant("one-sql", "by hand, one SQL makes the JSON", "hand", _python("one_sql"), documents=one_sql.SQL),
    Contestant(
        STATIC, "a static response of equal size", "hand", _python("static"),
        documents=WRITTEN, kinds=frozenset({"introspection"}),
    ),
    Contestant(
        "strawberry", "Strawberry, ORM, aiodataloader", "plain", _python("strawberry_orm.app"),
        documents=strawberry_orm.OPERATIONS,
    ),
    Contestant(
        "postgraphile", "PostGraphile 5", "postgraphile", _node("postgraphile.mjs"), environment=LEAN, peer=True
    ),
    Contestant(
        "mercurius", "mercurius, JIT", "plain", _node("mercurius/server.mjs"), digits=3, environment=LEAN, peer=True
    ),
)  # fmt: skip
