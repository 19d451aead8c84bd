"""Requests of each operation in each dialect, equal for all servers and drawn with a seed."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from graphql_app.identity.tokens import Tokens
from graphql_app.viewer import Viewer
from tests.bench.data import Bench
from tests.bench.operations.operation import Operation, Organization, Variables

SECRET = "b9WzTq4nLx7Rk2VdYp0sHc6MgJf3Ea8UoQi5"
TABLES = {"tasks": 1_000, "workers": 50, "categories": 20, "users": 50, "posts": 200, "comments": 200}
"""Number of used rows of each table per organization."""
NODE_TYPES = {"task": "Task", "post": "Post", "user": "User", "worker": "Worker"}

OWNERS = """SELECT DISTINCT ON (u.organization_id) u.organization_id, u.id AS user_id, u.role
FROM users u JOIN identities l ON l.id = u.identity_id
WHERE u.role = 'OWNER' ORDER BY u.organization_id, u.id"""
IDS = """SELECT array_agg(id ORDER BY md5(id::text))
FROM (SELECT id FROM {table} WHERE organization_id = $1 LIMIT {most}) AS rows"""
ACTIVE = {"workers": " AND deactivated_at IS NULL"}


@dataclass(frozen=True)
class Call:
    """Single request."""

    operation: str
    token: str
    body: str
    variables: Variables


def organizations(bench: Bench) -> list[Organization]:
    """Return all organizations. The last one is for writes, the others are for reads."""
    return [_organization(bench, Viewer(**dict(owner))) for owner in bench.fetch(OWNERS)]


def _organization(bench: Bench, viewer: Viewer) -> Organization:
    def ids(table: str, most: int) -> list[str]:
        # in an order that is independent of the physical one
        sql = IDS.format(table=table, most=most).replace("$1", f"$1{ACTIVE.get(table, '')}")
        return [str(found) for found in bench.fetch(sql, viewer.organization_id)[0][0]]

    return Organization(viewer, {table: ids(table, most) for table, most in TABLES.items()})


class Calls:
    """Generator of the requests of one dialect: a seed determines them for all dialects, in the same order."""

    def __init__(self, among: Sequence[Organization], dialect: str, seed: int) -> None:
        self._dialect = dialect
        self._seed = seed
        self._read, self._written = among[:-1], among[-1]
        self.writer = self._written.viewer
        tokens = Tokens(SECRET, issuer="workline", ttl=timedelta(hours=12))
        self._tokens = {each.viewer: tokens.issue(each.viewer).text for each in among}

    def of(self, operation: Operation, *, most: int = 0, turn: int = 0) -> list[Call]:
        """Return at most ``most`` requests of an operation; each ``turn`` has other ones."""
        count = min(most, operation.variety) if most else operation.variety
        return [self._call(operation, index, turn) for index in range(count)]

    def on(self, operation: Operation, ids: Sequence[str]) -> list[Call]:
        """Return the requests of an operation that consume these rows, one each."""
        return [self._made(operation, self._written, {"id": id}) for id in ids]

    def with_document(self, name: str, text: str) -> list[Call]:
        """Return requests of one document without variables, one for each organization that is read."""
        return [self._sent(name, text, each, {}) for each in self._read]

    def _call(self, operation: Operation, index: int, turn: int) -> Call:
        asked = self._written if operation.writes else self._read[index % len(self._read)]
        draw = Random(f"{self._seed} {turn} {operation.name} {index}")
        return self._made(operation, asked, operation.draw(draw, asked))

    def _made(self, operation: Operation, asked: Organization, drawn: Variables) -> Call:
        viewer = asked.viewer
        own = {"organization": str(viewer.organization_id), "user": str(viewer.user_id)}
        variables = {**own, **drawn} if self._dialect != "workline" else drawn
        if self._dialect in operation.adapted:
            variables = operation.adapted[self._dialect](variables)
        if self._dialect == "postgraphile" and operation.kind == "node":
            variables = {name: node_id(NODE_TYPES.get(name), own, value) for name, value in variables.items()}
        return self._sent(operation.document, operation.text(self._dialect, variables), asked, variables)

    def _sent(self, name: str, text: str, asked: Organization, variables: Variables) -> Call:
        token = self._tokens[asked.viewer] if self._dialect == "workline" else ""
        sent = {name: value for name, value in variables.items() if self._dialect == "hand" or f"${name}" in text}
        body = json.dumps({"query": text, "operationName": name, "variables": sent})
        return Call(name, token, body, variables)


def node_id(kind: str | None, own: Variables, value: str) -> str:
    """Return PostGraphile's global id of a row."""
    if kind is None:
        return value
    return base64.b64encode(json.dumps([kind, own["organization"], value], separators=(",", ":")).encode()).decode()
