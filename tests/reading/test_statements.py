"""Number of statements of a response: one for each relation and level, whatever the number of records."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.support.api import Json, Workline, serving
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA, fill, id_of

CHARLIE = replace(ALPHA, word="Charlie", organization=id_of("organizations", 2), currency="CCC", number=1401, rows=60)
"""Larger organization."""

FIVE_LEVELS = """
{
  viewer {
    organization {
      name
      users(first: 20) {
        nodes {
          name
          posts(first: 3) {
            nodes {
              title
              comments(first: 2) {
                nodes { body author { name } }
              }
            }
          }
        }
      }
    }
  }
}
"""
FIFTY_TASKS = "{ tasks(first: 50) { nodes { title category { name } assignee { name } creator { name } } } }"
ONE_TASK = "query ($id: ID!) { task(id: $id) { title description status dueAt isOverdue } }"
COUNTED = """
{
  tasks(first: 10) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage }
    nodes { comments(first: 1) { totalCount pageInfo { hasNextPage } nodes { body } } labels { nodes { name } } }
  }
}
"""
ANY_NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Task { title } ... on User { name } } }"


SIDES = (
    "fromAccount { name entries(first: 1) { nodes { amount } } } toAccount { id entries(first: 1) { nodes { id } } }"
)
PATHS = "creator { name } completedBy { id name } assignee { id } category { id __typename }"
FAR = "{ tasks { nodes { title order { customerAccount { entries { nodes { amount } } } } } } }"
IDS = [str(id_of(table, 2)) for table in ("tasks", "users")]
WITHIN = f"{{ categories {{ nodes {{ name tasks(first: 20) {{ nodes {{ {PATHS} }} }} }} }} }}"
TWO = "query ($a: ID!, $b: ID!) { a: task(id: $a) { ...t } b: task(id: $b) { ...t } } fragment t on Task { id title }"
PINS: dict[str, tuple[str, Json, int, int]] = {
    "five levels": (FIVE_LEVELS, {}, 4, 5),
    "fifty tasks with three relations": (FIFTY_TASKS, {}, 1, 4),
    "one task": (ONE_TASK, {"id": IDS[0]}, 1, 1),
    "lists within a list, counted": (COUNTED, {}, 5, 5),
    "nodes of two types": (ANY_NODES, {"ids": IDS}, 3, 3),
    "the viewer": ("{ viewer { user { name worker { name } } organization { name } } }", {}, 3, 3),
    "distant relations": (FAR, {}, 4, 4),
    "rows of one table by two paths": (f"{{ transfers {{ nodes {{ {SIDES} memo }} }} }}", {}, 3, 3),
    "rows by two paths and only keys": (WITHIN, {}, 3, 5),
    "two records of one selection": (TWO, {"a": IDS[0], "b": str(id_of("tasks", 3))}, 1, 1),
}
"""Queries with their variables, and the number of their statements with plans and with resolvers."""


@pytest.fixture(scope="session")
async def larger(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database with the larger organization."""
    async with copy_of(postgres, template) as database:
        await fill(database, CHARLIE)
        yield database


@pytest.mark.parametrize("name", PINS)
async def test_the_numbers_of_statements_are_those_of_the_table(
    workline_api: Api, larger: TestDatabase, name: str
) -> None:
    query, variables, by_plans, by_resolvers = PINS[name]
    for plan, pinned in ((True, by_plans), (False, by_resolvers)):
        async with serving(workline_api, larger, ExecutorOptions(plan=plan)) as workline:
            answer = await workline.fetch(query, CHARLIE.viewer(), **variables)
            assert len(workline.sent) == pinned, (plan, workline.sent)
            assert CHARLIE.word in str(answer)


@pytest.mark.usefixtures("mode")
async def test_the_number_of_statements_is_independent_of_the_number_of_records(
    workline_api: Api, organizations: TestDatabase, larger: TestDatabase
) -> None:
    """One organization has five records, the other one sixty."""
    sent = []
    for database, flavour in ((organizations, ALPHA), (larger, CHARLIE)):
        async with serving(workline_api, database) as workline:
            for query, variables, *_ in PINS.values():
                await workline.fetch(query, flavour.viewer(), **variables)
            sent.append(workline.sent)
    assert sent[0] == sent[1]


async def test_a_refused_document_takes_no_statement(workline: Workline) -> None:
    with workline.statements() as statements:
        assert (await workline.refuse("{ tasks { nodes { nothing } } }"))["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert (await workline.refuse("{ tasks(first: 101) { totalCount } }"))["code"] == "BAD_USER_INPUT"
        assert (await workline.refuse("{ task(id: 7) { id } }"))["code"] == "BAD_USER_INPUT"
    assert not statements
