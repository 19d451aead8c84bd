"""Who takes part: how each server is started, what it is asked in, and how exactly it can write a time."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from graphql_app.database.security import APP
from tests.bench.calls import ROWS, SECRET
from tests.bench.data import Bench

NODE = Path(__file__).parent / "node"
NODE_22 = NODE / "node_modules" / "node" / "bin" / "node"
UVICORN = ("--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
OURS = "workline"


@dataclass(frozen=True)
class Contestant:
    """One server. ``command`` is told the port; ``digits`` of a second's fraction are right in what it writes."""

    name: str
    title: str
    dialect: str
    command: Callable[[int], list[str]]
    user: str = "postgres"
    digits: int = 6
    environment: dict[str, str] = field(default_factory=dict)
    peer: bool = False
    """Whether it is installed from npm, and left out where that was not possible."""

    def environment_on(self, bench: Bench) -> dict[str, str]:
        """Everything that the server finds in its environment."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("WORKLINE_", "DATABASE_"))}
        shared = {**clean, **bench.environment(self.user), "PYTHONWARNINGS": "ignore", **self.environment}
        return {**shared, "DATABASE_URL": bench.urls.app_url} if self.name == OURS else shared

    def missing(self) -> str | None:
        """Why it cannot take part, or None."""
        if self.peer and not NODE_22.exists():
            return "it is not installed: `make bench` does that where npm is"
        return None


def _python(module: str) -> Callable[[int], list[str]]:
    application = f"tests.bench.contenders.{module}:app"
    return lambda port: [sys.executable, "-m", "uvicorn", application, "--port", str(port), *UVICORN]


def _node(script: str) -> Callable[[int], list[str]]:
    return lambda port: [str(NODE_22), str(NODE / script), str(port)]


def _workline(port: int) -> list[str]:
    return [sys.executable, "-m", "graphql_app", "serve", "--port", str(port)]


PRODUCTION = {
    "WORKLINE_ENV": "production",
    "WORKLINE_SECRET_KEY": SECRET,
    "WORKLINE_PAGE_SIZE_MAX": str(max(ROWS.values())),
}
LEAN = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}

CONTESTANTS = (
    Contestant(OURS, "Workline", "workline", _workline, environment=PRODUCTION),
    Contestant("rows-isolated", "by hand, rows, in a transaction", "plain", _python("rows_isolated"), user=APP),
    Contestant("rows-bare", "by hand, rows, bare", "plain", _python("rows_bare")),
    Contestant("one-sql", "by hand, one SQL makes the JSON", "plain", _python("one_sql")),
    Contestant("strawberry", "Strawberry, ORM, aiodataloader", "plain", _python("strawberry_orm")),
    Contestant(
        "postgraphile", "PostGraphile 5", "postgraphile", _node("postgraphile.mjs"), environment=LEAN, peer=True
    ),
    Contestant("mercurius", "mercurius, JIT", "plain", _node("mercurius.mjs"), digits=3, environment=LEAN, peer=True),
)
