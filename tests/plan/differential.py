"""One API with two executors: with plans and without."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from graphql_app.execution.executor import Executor
from graphql_app.execution.request import GraphQLRequest
from graphql_app.viewer import Viewer
from tests.engine.examples import SEED

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """Response of one executor: its body, and its trace."""

    body: Json
    statements: list[str]
    fell_back: str | None

    @property
    def encoded(self) -> bytes:
        """Return the bytes of the body."""
        return orjson.dumps(self.body)

    @property
    def errors(self) -> list[Json]:
        errors: list[Json] = self.body.get("errors", [])
        return errors


@dataclass(frozen=True)
class Both:
    """Two executors of one API on one database, both of which trace."""

    planned: Executor
    resolved: Executor

    async def fetch(self, query: str, viewer: Viewer | None, **variables: Any) -> tuple[Answer, Answer]:
        """Execute a document with plans and with resolvers, and assert that both responses have the same bytes."""
        return await self.respond(GraphQLRequest(query, variables), viewer)

    async def respond(self, request: GraphQLRequest, viewer: Viewer | None) -> tuple[Answer, Answer]:
        """Execute a request with plans and with resolvers, and assert that both responses have the same bytes."""
        resolved = await _answer(self.resolved, request, viewer)
        planned = await _answer(self.planned, request, viewer)
        report = f"SEED={SEED}\n{request}\nplanned:  {planned.body}\nresolved: {resolved.body}"
        assert planned.encoded == resolved.encoded, report
        return planned, resolved


async def _answer(executor: Executor, request: GraphQLRequest, viewer: Viewer | None) -> Answer:
    body = (await executor.execute(request, viewer=viewer)).body
    trace = body.pop("extensions", {}).get("trace", {"statements": [], "fellBack": None})
    for error in body.get("errors", []):
        if "errorId" in error["extensions"]:
            error["extensions"]["errorId"] = "another each time"
    return Answer(body, [each["sql"] for each in trace["statements"]], trace["fellBack"])


def cursors_in(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every cursor in the data of an answer with the key of its list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            # the key of a list with arguments has a number, keys of its parts have none
            yield from cursors_in(inner, name if isinstance(inner, dict) and not _is_part(name) else key)
    elif isinstance(value, list):
        for inner in value:
            yield from cursors_in(inner, key)
    elif isinstance(value, str) and value.startswith("WzEsI"):
        yield key, value


def _is_part(name: str) -> bool:
    return name.startswith(("pageInfo", "edges", "nodes"))
