"""Rules of the domain without GraphQL, each in a separate transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from graphql_app.database.connection import PooledConnection
from graphql_app.database.constraints import rule_error_of
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Refused, RuleError, rule_errors
from tests.support.application import load_models
from tests.support.databases import TestDatabase
from tests.support.organizations import OrganizationValues
from tests.support.settings import settings_for

type Rule[T] = Callable[[WriteTransaction], Awaitable[T]]


@dataclass(frozen=True)
class Ruling:
    """Rules of one organization, on a pool with the settings of the server."""

    database: TestDatabase
    connections: ConnectionPool
    flavour: OrganizationValues
    sent: list[str]
    """Text of every statement so far."""

    async def run[T](
        self, rule: Callable[[WriteTransaction], Awaitable[T]], *, by: UUID | None = None, role: str = "OWNER"
    ) -> T:
        """Run a rule and commit it. Its exceptions roll back, and a deadlock is retried.

        A violated constraint is raised as its rule error.

        ``by`` is the id of the acting user, by default the first one; ``role`` is the role that rules see.
        """
        viewer = self.flavour.viewer(role, 0)
        viewer = viewer if by is None else replace(viewer, user_id=by)

        async def work(connection: PooledConnection) -> T:
            return await rule(WriteTransaction(connection, viewer.organization_id, viewer))

        session = OperationSession(self.connections, viewer.organization_id)
        try:
            return await session.write(work)
        except IntegrityError as error:
            raise rule_error_of(error, load_models().tables) or error from error
        finally:
            await session.close()


@asynccontextmanager
async def ruling_over(database: TestDatabase, flavour: OrganizationValues) -> AsyncIterator[Ruling]:
    """Run rules of one of the database's organizations."""
    connections = open_pool(database.app, settings_for(database))
    sent: list[str] = []
    connections.watch(sent.append)
    try:
        yield Ruling(database, connections, flavour, sent)
    finally:
        await connections.close()


async def refusal(doing: Awaitable[object]) -> list[tuple[type[RuleError], tuple[object, ...]]]:
    """Return the kind and path of each error with which a rule refuses."""
    try:
        await doing
    except (RuleError, Refused) as refused:
        return [(type(error), error.path) for error in rule_errors(refused)]
    pytest.fail("It was done.")
