"""Writes of every domain after a first call: updates, deletions, keys and logins build no statement."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import CompoundSelect, Delete, Insert, Select, TextClause, Update, func
from sqlalchemy.sql.compiler import SQLCompiler

from graphql_app.database.pool import ConnectionPool
from graphql_app.execution.executor import Executor
from graphql_app.execution.request import GraphQLRequest
from graphql_app.identity.login_limits import LoginLimits
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.services import IdentityServices
from graphql_app.identity.tokens import Tokens
from graphql_app.postgres.roles import Server
from graphql_app.testing.client import Postbox
from graphql_app.types.schema import Api
from schema.services import domain_services
from tests.plan.test_warm_operations import counted
from tests.support.databases import copy_of
from tests.support.organizations import ALPHA, fill
from tests.support.passwords import CHEAP, PASSWORD

SECRET = "y3Wb8Qe0ZrTn5Lk2Vd9XsHc7MgJf1PaU"
KINDS = (SQLCompiler, Select, CompoundSelect, Insert, Update, Delete, TextClause)


class Owner:
    """Client of Alpha's owner, which calls mutations."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def do(self, name: str, record: str, /, *, key: str | None = None, **input: Any) -> Any:
        """Run a mutation and return the id of its record."""
        shown = record if record == "deletedId" else f"{record} {{ id }}"
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {shown} errors {{ message path }} }} }}"
        request = GraphQLRequest(document, {"input": input}, idempotency_key=key)
        body = (await self._executor.execute(request, viewer=ALPHA.viewer("OWNER"))).body
        payload = body["data"][name]
        assert not payload["errors"], body
        return payload[record] if record == "deletedId" else payload[record]["id"]

    async def log_in(self) -> None:
        """Log in, like a client without a token."""
        document = "mutation ($input: LogInInput!) { logIn(input: $input) { token } }"
        request = GraphQLRequest(document, {"input": {"email": "alpha.1@example.com", "password": PASSWORD}})
        body = (await self._executor.execute(request)).body
        assert body["data"]["logIn"]["token"], body


@asynccontextmanager
async def nothing_built() -> AsyncIterator[None]:
    """Fail if a statement is built or compiled in the block."""
    built = Counter[str]()
    with pytest.MonkeyPatch.context() as patch:
        for kind in KINDS:
            patch.setattr(kind, "__init__", counted(kind, built))
        yield
    assert not built


@pytest.fixture(scope="module")
async def owner(postgres: Server, template: str, workline_api: Api) -> AsyncIterator[Owner]:
    """Provide a client of the owner in a separate database."""
    async with copy_of(postgres, template) as made:
        await fill(made, ALPHA)
        connections, passwords = ConnectionPool(made.app.url, made.app.connect_args), PasswordHasher(1, cost=CHEAP)
        tokens = Tokens(SECRET, issuer="workline", ttl=timedelta(hours=1))
        limits, outbox = LoginLimits(SECRET), Postbox().outbox
        services = IdentityServices(tokens, passwords, limits, outbox, domain=domain_services(connections))
        yield Owner(Executor(workline_api, connections, services=services))
        passwords.close()
        await connections.close()


async def labels(owner: Owner) -> None:
    task = await owner.do("createTask", "task", title="Paint")
    label = await owner.do("createLabel", "label", name=str(uuid4()), color="#aabbcc")
    await owner.do("updateLabel", "label", id=label, name=str(uuid4()))
    await owner.do("addTaskLabels", "task", id=task, labelIds=[label])
    await owner.do("removeTaskLabels", "task", id=task, labelIds=[label])
    await owner.do("deleteLabel", "deletedId", id=label)


async def categories(owner: Owner) -> None:
    category = await owner.do("createCategory", "category", name=str(uuid4()))
    await owner.do("createTask", "task", title="Paint", categoryId=category)
    await owner.do("deleteCategory", "deletedId", id=category)


async def tree(owner: Owner) -> None:
    above = await owner.do("createTask", "task", title="Renovate")
    task = await owner.do("createTask", "task", title="Paint")
    await owner.do("updateTask", "task", id=task, parentId=above)
    await owner.do("deleteTask", "deletedId", id=task)
    await owner.do("deleteTask", "deletedId", id=above)


async def talk(owner: Owner) -> None:
    post = await owner.do("createPost", "post", title="News", body="All is well.")
    comment = await owner.do("createComment", "comment", subject={"postId": post}, body="Good.")
    await owner.do("updateComment", "comment", id=comment, body="Very good.")
    await owner.do("deleteComment", "deletedId", id=comment)
    await owner.do("deletePost", "deletedId", id=post)


async def progress(owner: Owner) -> None:
    task = await owner.do("createTask", "task", title="Paint")
    await owner.do("startTask", "task", id=task)
    await owner.do("completeTask", "task", id=task)
    await owner.do("reopenTask", "task", id=task)


async def people(owner: Owner) -> None:
    worker = await owner.do("createWorker", "worker", name="Ada", hourlyRate="50")
    task = await owner.do("createTask", "task", title="Paint")
    await owner.do("assignTask", "task", id=task, workerId=worker)
    await owner.do("deactivateWorker", "worker", id=worker)


async def orders(owner: Owner) -> None:
    account = await owner.do("openAccount", "account", kind="CUSTOMER", name=str(uuid4()), currency="EUR")
    order = await owner.do("createOrder", "order", customerAccountId=account)
    line = await owner.do(
        "addOrderLine", "orderLine", orderId=order, description="Paint", quantity="2", unitPrice="3.50"
    )
    await owner.do("updateOrderLine", "orderLine", id=line, quantity="3")
    await owner.do("placeOrder", "order", key=str(uuid4()), id=order)
    await owner.do("cancelOrder", "order", key=str(uuid4()), id=order)


async def keys(owner: Owner) -> None:
    key = str(uuid4())
    made = [await owner.do("createTask", "task", key=key, title="Paint") for _ in range(2)]
    assert made[0] == made[1]


async def logins(owner: Owner) -> None:
    await owner.log_in()


@pytest.mark.parametrize("act", [labels, categories, tree, talk, progress, people, orders, keys, logins])
async def test_a_write_of_a_known_shape_builds_no_statement(
    owner: Owner, act: Callable[[Owner], Awaitable[None]]
) -> None:
    for _ in range(2):
        await act(owner)
    async with nothing_built():
        await act(owner)


async def test_a_built_statement_is_detected() -> None:
    with pytest.raises(AssertionError):
        async with nothing_built():
            Select(func.now())
