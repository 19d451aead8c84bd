"""Logging in: the one operation that begins without an organization."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.errors import Invalid
from graphql_app.execution.context import Context
from graphql_app.identity.login import Login, authenticate
from graphql_app.identity.viewer import Viewer
from graphql_app.mutations.payloads import Outcome
from schema.people.models import User

WRONG = "The address or the password is wrong."
FIND = text("SELECT organization_id, user_id, password_hash FROM find_login(:email)")


async def log_in(context: Context, email: str, password: str) -> Outcome:
    """A token for whoever this address and password belong to; one same error for everybody else.

    The connection is given back while the password is hashed, which takes longer than any query.
    """

    async def find(address: str) -> Login | None:
        found = await _find(context, address)
        await context.gate.restart(None)
        return found

    login = await authenticate(email, password, find_login=find, passwords=context.services.passwords)
    user = None if login is None else await _user(context, login)
    if user is None:
        return Outcome(errors=[Invalid(WRONG)])
    viewer = Viewer(user.id, user.organization_id, user.role.value)
    await context.become(viewer)
    return Outcome(user.id, secret=context.services.tokens.issue(viewer).text)


async def _find(context: Context, address: str) -> Login | None:
    async def work(session: AsyncSession) -> Login | None:
        row = (await session.execute(FIND, {"email": address})).one_or_none()
        return None if row is None else Login(*row)

    return await context.gate.read(work)


async def _user(context: Context, login: Login) -> User | None:
    """The user who logs in, unless deactivated."""
    await context.gate.restart(login.organization_id)
    user = await context.loaders.by_id(User, login.user_id)
    return user if user is not None and user.deactivated_at is None else None
