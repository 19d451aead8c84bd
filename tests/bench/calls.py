"""The five operations, and the requests that each server is asked them by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from graphql_app.identity.tokens import Tokens
from graphql_app.identity.viewer import Viewer
from tests.bench.data import TITLE, Bench

OPERATIONS = {
    "task": "one task by id",
    "board": "50 tasks, three to-one relations, one two levels deep",
    "nested": "20 users, 5 posts each, 5 comments each, their authors",
    "list": "1,000 tasks, 9 columns, two relations",
    "create": "create a task and read it back",
}
SECRET = "b9WzTq4nLx7Rk2VdYp0sHc6MgJf3Ea8UoQi5"
VARIETY = 200
"""Different requests per operation, in turn."""
ROWS = {"board": 50, "list": 1_000}
DOCUMENTS = Path(__file__).parent / "documents"

OWNERS = """SELECT DISTINCT ON (u.organization_id) u.organization_id, u.id AS user_id, u.role
FROM users u JOIN logins l ON l.organization_id = u.organization_id AND l.user_id = u.id
WHERE u.role = 'OWNER' ORDER BY u.organization_id, u.id"""
IDS = """SELECT array_agg(id ORDER BY md5(id::text))
FROM (SELECT id FROM {table} WHERE organization_id = $1 LIMIT {most}) AS rows"""


@dataclass(frozen=True)
class Organization:
    """What requests about one organization mention."""

    viewer: Viewer
    tasks: Sequence[str]
    workers: Sequence[str]
    categories: Sequence[str]


@dataclass(frozen=True)
class Call:
    """One request."""

    operation: str
    token: str
    body: str
    variables: dict[str, Any]


def organizations(bench: Bench) -> list[Organization]:
    """All of them. The last one takes the writes, the others are read."""
    return [_organization(bench, Viewer(**dict(owner))) for owner in bench.fetch(OWNERS)]


def _organization(bench: Bench, viewer: Viewer) -> Organization:
    def ids(table: str, most: int) -> list[str]:
        # in an order that has nothing to do with where the rows are
        sql = IDS.format(table=table, most=most)
        return [str(found) for found in bench.fetch(sql, viewer.organization_id)[0][0]]

    return Organization(viewer, ids("tasks", 1_000), ids("workers", 50), ids("categories", 20))


class Calls:
    """Makes the requests of one dialect: the same ones in each, in the same order."""

    def __init__(self, among: Sequence[Organization], dialect: str) -> None:
        self._dialect = dialect
        self._read, self._written = among[:-1], among[-1]
        self._tokens = Tokens(SECRET, issuer="workline", ttl=timedelta(hours=12))

    def of(self, operation: str, *, first: int | None = None, document: str | None = None) -> list[Call]:
        """The requests of an operation; ``first`` is how many rows, where that can be said."""
        text = document or (DOCUMENTS / self._dialect / f"{operation}.graphql").read_text()
        rows = ROWS.get(operation) if first is None else first
        return [self._call(operation, text, rows, index) for index in range(VARIETY)]

    def _call(self, operation: str, text: str, rows: int | None, index: int) -> Call:
        asked = self._written if operation == "create" else self._read[index % len(self._read)]
        tenant = {} if self._dialect == "workline" else {"organization": str(asked.viewer.organization_id)}
        if operation == "create":
            variables: dict[str, Any] = {"input": self._input(asked, index)}
        elif operation == "task":
            variables = {**tenant, "id": asked.tasks[index % len(asked.tasks)]}
        else:
            variables = {**tenant, **({} if rows is None else {"first": rows})}
        token = self._tokens.issue(asked.viewer).text if self._dialect == "workline" else ""
        body = json.dumps({"query": text, "operationName": operation, "variables": variables})
        return Call(operation, token, body, variables)

    def _input(self, asked: Organization, index: int) -> dict[str, Any]:
        given = {
            "title": f"{TITLE}part {index}",
            "description": "Bring the spare part, two keys of size 10 and the form. " * 4,
            "priority": 1 + index % 5,
            "categoryId": asked.categories[index % len(asked.categories)],
            "assigneeId": asked.workers[index % len(asked.workers)],
        }
        owner = {"organizationId": str(asked.viewer.organization_id), "creatorId": str(asked.viewer.user_id)}
        status = {"status": "OPEN"} if self._dialect == "postgraphile" else {}
        return given if self._dialect == "workline" else {**owner, **status, **given}
