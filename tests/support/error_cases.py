"""Error cases of mutations over HTTP: input, viewer, and all expected errors."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.identity.tokens import Tokens
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.support.application import MIGRATIONS, load_models
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA
from tests.support.settings import settings_for

KINDS = {"CONFLICT": "ConflictError", "FORBIDDEN": "ForbiddenError", "NOT_FOUND": "NotFoundError"}
"""Types of errors by code; all others are ValidationErrors."""
Json = dict[str, Any]
Error = tuple[str, str]
"""Code of the error, and its path with dots."""


@dataclass(frozen=True)
class Refusal:
    """Call of a mutation and its expected errors. The viewer is Alpha's owner by default."""

    mutation: str
    input: Any
    errors: tuple[Error, ...]
    viewer: Viewer = field(default_factory=ALPHA.viewer)

    def __str__(self) -> str:
        expected_errors = ", ".join(f"{code} {path}".strip() for code, path in self.errors)
        return f"{self.mutation}: {expected_errors}"


def refused(mutation: str, input: Any, *errors: str, by: Viewer | None = None) -> Refusal:
    """Return a case: ``refused("createLabel", {"name": "", ..}, "INVALID name")``."""
    expected_errors = tuple((code, path) for code, _, path in (error.partition(" ") for error in errors))
    return Refusal(mutation, input, expected_errors, by or ALPHA.viewer())


def stale(mutation: str, input: Json) -> Refusal:
    """Return the same call with a version that the record does not have."""
    return refused(mutation, {**input, "expectedVersion": 0}, "CONFLICT expectedVersion")


@dataclass(frozen=True)
class Clients:
    """HTTP client of the real application."""

    http: httpx.AsyncClient
    tokens: Tokens
    schema: GraphQLSchema

    async def mutate(self, mutation: str, input: Any, viewer: Viewer, selected: str, **headers: str) -> Json:
        """Return the payload of a mutation whose only argument has this value."""
        assert self.schema.mutation_type is not None
        ((name, argument),) = [
            each for each in self.schema.mutation_type.fields[mutation].args.items() if each[0] != "errorPolicy"
        ]
        query = f"mutation ($given: {argument.type}) {{ {mutation}({name}: $given) {{ {selected} }} }}"
        token = self.tokens.issue(viewer).text
        response = await self.http.post(
            "/graphql",
            json={"query": query, "variables": {"given": input}},
            headers={"authorization": f"Bearer {token}", **headers},
        )
        body = response.json()
        assert response.status_code == 200, body
        assert "errors" not in body, body["errors"]
        payload: Json = body["data"][mutation]
        return payload

    async def change(self, mutation: str, selected: str, **input: Any) -> Json:
        """Run a mutation as Alpha's owner and return its record, or fail."""
        payload = await self.mutate(mutation, input, ALPHA.viewer(), f"{selected} errors {{ code path message }}")
        assert payload.pop("errors") == []
        (shown,) = payload.values()
        changed: Json = shown
        return changed

    async def errors(self, refusal: Refusal) -> list[tuple[str, str, str]]:
        """Return types, codes and paths of the errors, sorted. Assert that messages are not empty and without SQL."""
        selected = "errors { __typename code path message }"
        payload = await self.mutate(refusal.mutation, refusal.input, refusal.viewer, selected)
        for error in payload["errors"]:
            assert error["message"].endswith(".")
            assert "violates" not in error["message"]
        return sorted((error["__typename"], error["code"], ".".join(error["path"])) for error in payload["errors"])


@asynccontextmanager
async def clients_of(api: Api, database: TestDatabase) -> AsyncIterator[Clients]:
    """Serve the application on a database, in this process."""
    settings = settings_for(database)
    app = create_app(settings, api_services(api, MIGRATIONS))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as http,
    ):
        yield Clients(http, make_tokens(settings), api.graphql_schema)


def expected(refusal: Refusal) -> list[tuple[str, str, str]]:
    """Return the expected errors in the same form."""
    return sorted((KINDS.get(code, "ValidationError"), code, path) for code, path in refusal.errors)


async def everything_in(database: TestDatabase) -> Json:
    """Return all rows of all tables."""
    async with database.as_system() as connection:
        tables = load_models().sorted_tables
        return {
            table.name: sorted(map(repr, await connection.fetch(f"SELECT * FROM {table.name}"))) for table in tables
        }


def untried(schema: GraphQLSchema, mutations: Iterable[str], cases: Iterable[Refusal]) -> Iterator[str]:
    """Return the required cases that are missing for mutations: unknown ids and other versions."""
    tried = {(case.mutation, error) for case in cases for error in case.errors}
    assert schema.mutation_type is not None
    for mutation in mutations:
        for argument in schema.mutation_type.fields[mutation].args.values():
            kind = get_named_type(argument.type)
            if isinstance(kind, GraphQLInputObjectType):
                for name in kind.fields:
                    error = ("CONFLICT", name) if name == "expectedVersion" else ("NOT_FOUND", name)
                    is_id = get_named_type(kind.fields[name].type).name == "ID"
                    if (is_id or name == "expectedVersion") and not _is_tried(mutation, error, tried):
                        yield f"{mutation}: {' '.join(error)}"


def _is_tried(mutation: str, error: Error, tried: set[tuple[str, Error]]) -> bool:
    """Return True if a case covers it. Its path may contain an index."""
    code, name = error
    return any(
        each == mutation and expected_errors[0] == code and name in expected_errors[1].split(".")
        for each, expected_errors in tried
    )
