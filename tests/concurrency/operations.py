"""Operations of every kind with their expected answers, for two organizations with the same ids."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from tests.support.api import Json, Workline
from tests.support.organizations import ALPHA, BRAVO, OrganizationValues, id_of
from tests.support.passwords import PASSWORD

Kind = Callable[[Workline, OrganizationValues, int], Awaitable[None]]
"""Coroutine function that executes the n-th operation as a user of an organization and checks the answer."""
ORGANIZATIONS = (ALPHA, BRAVO)
LISTS = """
{ posts(first: 2) { totalCount nodes { title author { name } comments { totalCount } } } }
"""
LEVELS = """
{
  viewer { organization { users(first: 1) { nodes {
    posts(first: 1) { nodes { comments(first: 2) { nodes { author { name } } } } }
  } } } }
}
"""


async def by_id(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Query a record and its to-one relations."""
    query = "query ($id: ID!) { worker(id: $id) { name user { name } organization { name } } }"
    worker = (await workline.fetch(query, tenant.viewer(), id=str(id_of("workers", number % 4))))["worker"]
    assert worker["name"] == f"{tenant.word} workers.name {number % 4}"
    assert worker["user"]["name"] == f"{tenant.word} users.name {number % 4}"
    assert worker["organization"]["name"] == f"{tenant.word} organizations.name 0"


async def listed(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Query a list with relations in both directions and counts."""
    posts = (await workline.fetch(LISTS, tenant.viewer()))["posts"]
    assert posts["totalCount"] == tenant.rows
    assert [each["title"] for each in posts["nodes"]] == [f"{tenant.word} posts.title {index}" for index in (0, 1)]
    assert {each["author"]["name"] for each in posts["nodes"]} == {f"{tenant.word} users.name 0"}
    assert [each["comments"]["totalCount"] for each in posts["nodes"]] == [3, 0]


async def five_levels(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Query five levels of relations."""
    users = (await workline.fetch(LEVELS, tenant.viewer()))["viewer"]["organization"]["users"]["nodes"]
    (post,) = users[0]["posts"]["nodes"]
    assert [each["author"]["name"] for each in post["comments"]["nodes"]] == [
        f"{tenant.word} users.name {n}" for n in (0, 1)
    ]


async def filtered(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Query the last page of a filtered and ordered list."""
    query = """
    query ($name: String!) {
      accounts(filter: {name: {startsWith: $name}}, orderBy: [{name: {direction: DESC}}], last: 2) { nodes { name } }
    }
    """
    nodes = (await workline.fetch(query, tenant.viewer(), name=tenant.word))["accounts"]["nodes"]
    assert [each["name"] for each in nodes] == [f"{tenant.word} accounts.name {index}" for index in (1, 0)]


async def created(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Create a task and read it back."""
    query = "mutation ($title: String!) { createTask(input: {title: $title}) { task { title creator { name } } } }"
    title = f"{tenant.word} new {number}"
    payload = (await workline.fetch(query, tenant.viewer("MANAGER"), title=title))["createTask"]
    assert payload["task"] == {"title": title, "creator": {"name": f"{tenant.word} users.name 1"}}


async def completed(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Complete the same task in many operations: the later ones get a conflict with the current record."""
    query = """
    mutation ($id: ID!) {
      completeTask(input: {id: $id}) {
        task { title }
        errors { ... on ConflictError { current { ... on Task { title } } } }
      }
    }
    """
    payload = (await workline.fetch(query, tenant.viewer(), id=str(id_of("tasks", 1))))["completeTask"]
    task: Json = payload["task"] or payload["errors"][0]["current"]
    assert task["title"] == f"{tenant.word} tasks.title 1"


async def logged_in(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Log in without a token."""
    query = """
    mutation ($email: String!, $password: String!) {
      logIn(input: {email: $email, password: $password}) { user { name } token }
    }
    """
    payload = (await workline.fetch(query, None, email=f"{tenant.word}.2@Example.com", password=PASSWORD))["logIn"]
    assert payload["user"]["name"] == f"{tenant.word} users.name 2"
    assert workline.services.tokens.verify(payload["token"]).viewer.organization_id == tenant.organization


async def refused(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Send invalid input: the change is rolled back."""
    query = 'mutation { createTask(input: {title: ""}) { task { id } errors { __typename path } } }'
    payload = (await workline.fetch(query, tenant.viewer()))["createTask"]
    assert payload == {"task": None, "errors": [{"__typename": "ValidationError", "path": ["title"]}]}


QUERIES: tuple[Kind, ...] = (by_id, listed, five_levels, filtered)
MIXED: tuple[Kind, ...] = (*QUERIES, created, by_id, filtered, refused, completed)


@dataclass(frozen=True, slots=True)
class Operation:
    """Operation of one kind for one organization."""

    kind: Kind
    tenant: OrganizationValues
    number: int

    async def __call__(self, workline: Workline) -> None:
        await self.kind(workline, self.tenant, self.number)


def operations(count: int, kinds: tuple[Kind, ...] = MIXED) -> Iterator[Operation]:
    """Return so many operations: the kinds in turn, each kind for both organizations in turn."""
    turns = cycle((kind, tenant) for kind in kinds for tenant in ORGANIZATIONS)
    return (Operation(kind, tenant, number) for number, (kind, tenant) in enumerate(islice(turns, count)))
