"""Factories: rows of the demo's tables whose values are generated, and messages for those that are not found."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from graphql_app.identity.models import Organization, User, UserRole
from graphql_app.models.base import Base, new_id
from graphql_app.testing.factories import Factory, FactoryError, FactoryValues, open_factory
from schema.billing.models import Order, OrderLine
from schema.ledger.models import Account
from schema.people.models import Worker
from schema.talk.models import Comment, Post
from schema.work.models import Category, Label, Task, TaskLabel
from tests.support.databases import TestDatabase

FILE = Path("tests/conftest.py")


@asynccontextmanager
async def opened(database: TestDatabase, values: FactoryValues | None = None) -> AsyncIterator[Factory]:
    async with AsyncExitStack() as stack:
        made = await open_factory(stack, database, new_id(), values or {}, FILE)
        await made(Organization, id=made.organization_id)
        yield made


@pytest.fixture
async def factory(database: TestDatabase) -> AsyncIterator[Factory]:
    async with opened(database) as made:
        yield made


@pytest.mark.parametrize("model", [User, Worker, Account, Order, Category, Label, Task, TaskLabel, Post])
async def test_a_row_satisfies_the_constraints_of_its_table(factory: Factory, model: type[Base]) -> None:
    for _ in range(3):
        made = await factory(model)
        assert made.organization_id == factory.organization_id  # type: ignore[attr-defined] # of every table here


async def test_given_values_precede_generated_ones(factory: Factory) -> None:
    user = await factory(User, name="Ada", role=UserRole.MANAGER)
    assert (user.name, user.role, user.version) == ("Ada", UserRole.MANAGER, 1)
    assert "@" in user.email


async def test_rows_share_a_parent_unless_it_is_theirs_alone(factory: Factory) -> None:
    one, two = await factory(OrderLine, **LINE), await factory(OrderLine, **LINE | {"position": 2})
    assert one.order_id == two.order_id


LINE = {"position": 1, "quantity": 1, "unit_price": 5, "amount": 5}


async def test_a_check_over_several_columns_is_an_error_that_names_the_file_to_edit(factory: Factory) -> None:
    with pytest.raises(FactoryError, match=r"constraint ck_comments_\w+ of comments refuses") as caught:
        await factory(Comment)
    assert "the fixture `factory_values` of tests/conftest.py" in str(caught.value)


async def test_values_that_are_defined_once_are_used_for_every_row(database: TestDatabase) -> None:
    async with opened(database) as plain:
        post = await plain(Post)
        async with AsyncExitStack() as stack:
            values: FactoryValues = {Comment: {"post_id": post.id, "body": lambda number: f"Comment {number}"}}
            made = await open_factory(stack, database, plain.organization_id, values, FILE)
            one, two = await made(Comment), await made(Comment)
    assert one.post_id == two.post_id == post.id
    assert one.body != two.body
    assert {one.body.split()[0], two.body.split()[0]} == {"Comment"}


async def test_an_unknown_column_is_an_error(factory: Factory) -> None:
    with pytest.raises(FactoryError, match="users has no column nickname"):
        await factory(User, nickname="Ada")
