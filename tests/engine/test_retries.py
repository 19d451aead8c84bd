"""Retries of conflicting write transactions: run again as a whole, a bounded number of times."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from graphql_app.database.errors import PAUSES
from graphql_app.database.transaction import WriteTransaction
from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.backend_activity import assert_clean, until, waiting
from tests.engine.datasets import library
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy

LARGE = library("large").organization
FIRST, SECOND = (row["id"] for row in library("large").rows["books"][:2])
RUN = "mutation ($name: String!) { run(name: $name) { book { title version } errors { message } } }"


class Lengthen:
    """Rule that counts its attempts and appends a letter to the titles of books, one after the other."""

    def __init__(self, *ids: Any) -> None:
        self.ids = ids
        self.attempts = 0

    async def __call__(self, tx: WriteTransaction) -> Book:
        self.attempts += 1
        for id in self.ids:
            book = await tx.lock(Book, id)
            book.title += "!"
            await tx.save(book)
            await self.between(tx)
        return book

    async def between(self, tx: WriteTransaction) -> None:
        """Run between the books."""


async def titles(admin: DriverConnection) -> list[str]:
    rows = await admin.fetch("SELECT title FROM books WHERE id = ANY($1) ORDER BY id = $2", [FIRST, SECOND], SECOND)
    return [row["title"] for row in rows]


async def test_two_deadlocked_mutations_both_succeed(own_toy: Toy, admin: DriverConnection) -> None:
    before = await titles(admin)
    both = asyncio.Barrier(2)

    class Crossing(Lengthen):
        reached = False

        async def between(self, tx: WriteTransaction) -> None:
            if not self.reached:
                self.reached = True
                await both.wait()

    rules = {"there": Crossing(FIRST, SECOND), "back": Crossing(SECOND, FIRST)}
    own_toy.script.rules.update(rules)
    answers = await asyncio.gather(*(own_toy.fetch(RUN, LARGE, name=name) for name in rules))
    assert [answer["run"]["errors"] for answer in answers] == [[], []]
    assert await titles(admin) == [f"{title}!!" for title in before]
    assert sorted(rule.attempts for rule in rules.values()) == [1, 2]
    await assert_clean(own_toy.connections, admin)


async def test_a_serialization_failure_is_retried(own_toy: Toy, admin: DriverConnection) -> None:
    class Strict(Lengthen):
        async def __call__(self, tx: WriteTransaction) -> Book:
            if self.attempts == 0:
                await tx.find(Book, FIRST)
                await admin.execute("UPDATE books SET title = 'Theirs' WHERE id = $1", FIRST)
                self.attempts += 1
                # PostgreSQL raises this in a transaction whose snapshot is older than the row
                await tx.session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))
            return await super().__call__(tx)

    rule = own_toy.script.rules["strict"] = Strict(FIRST)
    data = await own_toy.fetch(RUN, LARGE, name="strict")
    assert data["run"]["book"] == {"title": "Theirs!", "version": 2}
    assert rule.attempts == 2


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_retries_are_bounded(own_toy: Toy, admin: DriverConnection, sqlstate: str) -> None:
    class Unlucky(Lengthen):
        async def between(self, tx: WriteTransaction) -> None:
            await tx.session.execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{sqlstate}'; END $$"))

    before = await titles(admin)
    rule = own_toy.script.rules["unlucky"] = Unlucky(FIRST)
    response = await own_toy.respond(RUN, LARGE, name="unlucky")
    assert response.codes == ["SERVICE_UNAVAILABLE"]
    assert rule.attempts == len(PAUSES) + 1
    assert await titles(admin) == before
    await assert_clean(own_toy.connections, admin)


@pytest.mark.parametrize("failure", ["SELECT 1 / 0", "SELECT nonsense", "UPDATE books SET pages = -1"])
async def test_other_failures_are_not_retried(own_toy: Toy, admin: DriverConnection, failure: str) -> None:
    class Failing(Lengthen):
        async def between(self, tx: WriteTransaction) -> None:
            await tx.session.execute(text(failure))

    before = await titles(admin)
    rule = own_toy.script.rules["failing"] = Failing(FIRST)
    await own_toy.respond(RUN, LARGE, name="failing")
    assert rule.attempts == 1
    assert await titles(admin) == before
    await assert_clean(own_toy.connections, admin)


async def test_two_mutations_of_one_book_run_one_after_the_other(own_toy: Toy, admin: DriverConnection) -> None:
    entered = asyncio.Event()

    class Slow(Lengthen):
        async def between(self, tx: WriteTransaction) -> None:
            entered.set()
            await until(lambda: waiting(admin))

    own_toy.script.rules.update(slow=Slow(FIRST), quick=Lengthen(FIRST))
    before = await titles(admin)
    slow = asyncio.create_task(own_toy.fetch(RUN, LARGE, name="slow"))
    await entered.wait()
    quick = await own_toy.fetch(RUN, LARGE, name="quick")
    assert (await slow)["run"]["errors"] == []
    assert quick["run"]["book"] == {"title": f"{before[0]}!!", "version": 3}
