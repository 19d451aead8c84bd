"""Operations of every kind, each with the one right answer. Two organizations with the same ids ask in turn."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from tests.support.organizations import ALPHA, BRAVO, Flavour, id_of
from tests.support.passwords import PASSWORD
from tests.support.workline import Json, Workline

Ask = Callable[[Workline, Flavour, int], Awaitable[None]]
"""Asks something as somebody of an organization, the n-th time, and asserts the answer."""
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


async def by_id(workline: Workline, who: Flavour, number: int) -> None:
    """A record and its to-one relations."""
    query = "query ($id: ID!) { worker(id: $id) { name user { name } organization { name } } }"
    worker = (await workline.ask(query, who.viewer(), id=str(id_of("workers", number % 4))))["worker"]
    assert worker["name"] == f"{who.word} workers.name {number % 4}"
    assert worker["user"]["name"] == f"{who.word} users.name {number % 4}"
    assert worker["organization"]["name"] == f"{who.word} organizations.name 0"


async def listed(workline: Workline, who: Flavour, number: int) -> None:
    """A list with relations in both directions and counts."""
    posts = (await workline.ask(LISTS, who.viewer()))["posts"]
    assert posts["totalCount"] == who.rows
    assert [each["title"] for each in posts["nodes"]] == [f"{who.word} posts.title {index}" for index in (0, 1)]
    assert {each["author"]["name"] for each in posts["nodes"]} == {f"{who.word} users.name 0"}
    assert [each["comments"]["totalCount"] for each in posts["nodes"]] == [3, 0]


async def five_levels(workline: Workline, who: Flavour, number: int) -> None:
    """One relation after the other."""
    users = (await workline.ask(LEVELS, who.viewer()))["viewer"]["organization"]["users"]["nodes"]
    (post,) = users[0]["posts"]["nodes"]
    assert [each["author"]["name"] for each in post["comments"]["nodes"]] == [
        f"{who.word} users.name {n}" for n in (0, 1)
    ]


async def filtered(workline: Workline, who: Flavour, number: int) -> None:
    """A filter, an order and a page from its end."""
    query = """
    query ($name: String!) {
      accounts(filter: {name: {startsWith: $name}}, orderBy: [{name: {direction: DESC}}], last: 2) { nodes { name } }
    }
    """
    nodes = (await workline.ask(query, who.viewer(), name=who.word))["accounts"]["nodes"]
    assert [each["name"] for each in nodes] == [f"{who.word} accounts.name {index}" for index in (1, 0)]


async def created(workline: Workline, who: Flavour, number: int) -> None:
    """A new task, read back."""
    query = "mutation ($title: String!) { createTask(input: {title: $title}) { task { title creator { name } } } }"
    title = f"{who.word} new {number}"
    payload = (await workline.ask(query, who.viewer("MANAGER"), title=title))["createTask"]
    assert payload["task"] == {"title": title, "creator": {"name": f"{who.word} users.name 1"}}


async def completed(workline: Workline, who: Flavour, number: int) -> None:
    """One and the same task, by many: whoever is late is told who was first."""
    query = """
    mutation ($id: ID!) {
      completeTask(input: {id: $id}) {
        task { title }
        errors { ... on ConflictError { current { ... on Task { title } } } }
      }
    }
    """
    payload = (await workline.ask(query, who.viewer(), id=str(id_of("tasks", 1))))["completeTask"]
    shown: Json = payload["task"] or payload["errors"][0]["current"]
    assert shown["title"] == f"{who.word} tasks.title 1"


async def logged_in(workline: Workline, who: Flavour, number: int) -> None:
    """From nobody to somebody."""
    query = """
    mutation ($email: String!, $password: String!) {
      logIn(input: {email: $email, password: $password}) { user { name } token }
    }
    """
    payload = (await workline.ask(query, None, email=f"{who.word}.2@Example.com", password=PASSWORD))["logIn"]
    assert payload["user"]["name"] == f"{who.word} users.name 2"
    assert workline.services.tokens.verify(payload["token"]).viewer.organization_id == who.organization


async def refused(workline: Workline, who: Flavour, number: int) -> None:
    """An error in the middle of a request, and a change that is rolled back."""
    query = 'mutation { createTask(input: {title: ""}) { task { id } errors { __typename path } } }'
    payload = (await workline.ask(query, who.viewer()))["createTask"]
    assert payload == {"task": None, "errors": [{"__typename": "ValidationError", "path": ["title"]}]}


QUERIES: tuple[Ask, ...] = (by_id, listed, five_levels, filtered)
MIXED: tuple[Ask, ...] = (*QUERIES, created, by_id, filtered, refused, completed)


@dataclass(frozen=True, slots=True)
class Operation:
    """One of many."""

    ask: Ask
    who: Flavour
    number: int

    async def __call__(self, workline: Workline) -> None:
        await self.ask(workline, self.who, self.number)


def operations(count: int, kinds: tuple[Ask, ...] = MIXED) -> Iterator[Operation]:
    """So many of these kinds in turn, each kind by both organizations in turn."""
    turns = cycle((kind, who) for kind in kinds for who in ORGANIZATIONS)
    return (Operation(kind, who, number) for number, (kind, who) in enumerate(islice(turns, count)))
