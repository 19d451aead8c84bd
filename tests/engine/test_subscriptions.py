"""Subscriptions: each event is a separate operation, with a session, loaders and a check of the viewer."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

import pytest
import strawberry

from graphql_app.context import Info
from graphql_app.errors import BadUserInput
from graphql_app.execution.rate_limits import RateLimiter, RateLimits
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.limits import RateLimit
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.declarations import cast_to, resolved
from graphql_app.types.schema import Api, build_schema
from graphql_app.viewer import Viewer
from tests.engine.backend_activity import all_returned
from tests.engine.datasets import Libraries, library
from tests.engine.toy import models as m
from tests.engine.toy import types
from tests.engine.toy.root import Query
from tests.engine.toy_api import Toy, toy_on, viewer_of
from tests.support.databases import TestDatabase

LARGE = viewer_of(library("large").organization)
BOOK = "subscription ($ids: [ID!]!) { touched(ids: $ids) { book { id title shelf { label } } } }"


@strawberry.type(description="Change of a book.")
class Touched:
    id: strawberry.Private[UUID]

    @resolved
    async def book(self, info: Info) -> types.Book | None:
        """Return the book."""
        return cast_to(types.Book, await info.context.loaders.by_id(m.Book, self.id))


async def touched(info: Info, ids: list[strawberry.ID]) -> AsyncGenerator[Touched]:
    if not ids:
        raise BadUserInput("No ids.", ["ids"])
    for each in ids:
        yield Touched(id=UUID(each))


@strawberry.type
class Subscription:
    touched = strawberry.subscription(touched, description="Books with these ids, one after the other.")


@pytest.fixture(scope="module")
def api(mode: None) -> Api:
    return build_schema(nodes=m.NODES, queries=[Query], subscriptions=[Subscription])


@pytest.fixture
async def subscribed(api: Api, own_database: TestDatabase) -> AsyncIterator[Toy]:
    async with toy_on(api, own_database.app) as toy:
        yield toy


async def subscribe(toy: Toy, query: str, viewer: Viewer | None, **variables: Any) -> GraphQLResponse:
    return await toy.executor.execute(GraphQLRequest(query, variables), viewer=viewer)


async def events_of(response: GraphQLResponse) -> list[Any]:
    assert response.events is not None
    async with aclosing(response.events) as events:
        return [each.body async for each in events]


async def test_each_event_is_answered_from_the_database(subscribed: Toy, libraries: Libraries) -> None:
    books = libraries.rows("large")["books"][:3]
    response = await subscribe(subscribed, BOOK, LARGE, ids=[str(book["id"]) for book in books])
    events = await events_of(response)
    assert [event["data"]["touched"]["book"]["title"] for event in events] == [book["title"] for book in books]


async def test_an_event_shows_what_was_committed_before_it(
    subscribed: Toy, libraries: Libraries, admin: DriverConnection
) -> None:
    id = libraries.rows("large")["books"][0]["id"]
    response = await subscribe(subscribed, BOOK, LARGE, ids=[str(id)] * 3)
    assert response.events is not None
    titles = []
    async with aclosing(response.events) as events:
        async for number, event in aenumerate(events):
            titles.append(event.body["data"]["touched"]["book"]["title"])
            await admin.execute("UPDATE books SET title = $1 WHERE id = $2", f"Title {number}", id)
    assert titles[1:] == ["Title 0", "Title 1"]


async def test_a_record_of_another_organization_is_null(subscribed: Toy, libraries: Libraries) -> None:
    id = str(libraries.rows("large")["books"][0]["id"])
    (event,) = await events_of(await subscribe(subscribed, BOOK, viewer_of(libraries.id("small")), ids=[id]))
    assert event["data"]["touched"]["book"] is None


async def test_a_subscription_requires_a_token(subscribed: Toy) -> None:
    response = await subscribe(subscribed, BOOK, None, ids=["1"])
    assert (response.codes, response.events) == (["UNAUTHENTICATED"], None)


async def test_an_invalid_variable_is_refused_before_the_first_event(subscribed: Toy) -> None:
    response = await subscribe(subscribed, BOOK, LARGE, ids=5.5)
    assert (response.codes, response.executed, response.events) == (["BAD_USER_INPUT"], False, None)


async def test_an_error_of_the_source_ends_the_subscription(subscribed: Toy) -> None:
    (event,) = await events_of(await subscribe(subscribed, BOOK, LARGE, ids=[]))
    assert [error["extensions"] for error in event["errors"]] == [{"code": "BAD_USER_INPUT", "argumentPath": ["ids"]}]


async def test_no_connection_is_held_between_events(subscribed: Toy, libraries: Libraries) -> None:
    id = str(libraries.rows("large")["books"][0]["id"])
    response = await subscribe(subscribed, BOOK, LARGE, ids=[id, id])
    assert response.events is not None
    async with aclosing(response.events) as events:
        await anext(events)
        await all_returned(subscribed.connections)


async def test_each_event_takes_its_cost_and_the_subscription_ends_at_the_rate_limit(
    api: Api, own_database: TestDatabase, libraries: Libraries
) -> None:
    books = [str(each["id"]) for each in libraries.rows("large")["books"][:5]]
    limit = RateLimit(maximum=10, restore_rate=0.001)
    used: dict[bytes, float] = {}

    async def charge(charges: Sequence[tuple[bytes, float]]) -> Mapping[bytes, float]:
        used.update({key: used.get(key, 0) + seconds for key, seconds in charges})
        return used

    async with toy_on(api, own_database.app) as toy:
        toy.executor.rates = RateLimiter(RateLimits(limit), charge)
        response = await subscribe(toy, BOOK, LARGE, ids=books)
        assert response.rate is not None
        assert response.rate.limit is limit
        *answered, last = await events_of(response)
    assert [each["data"]["touched"]["book"]["id"] for each in answered] == books[: len(answered)]
    assert 0 < len(answered) < 5
    assert last["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def aenumerate(events: AsyncGenerator[GraphQLResponse]) -> AsyncIterator[tuple[int, GraphQLResponse]]:
    number = 0
    async for event in events:
        yield number, event
        number += 1
