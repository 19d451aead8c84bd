"""User and worker for tests of the database."""

from datetime import UTC, datetime
from decimal import Decimal

from graphql_app.identity.models import IdempotencyKey, Login, User, UserRole
from schema.people.models import Worker
from tests.database.rows import Rows


async def fill(rows: Rows) -> None:
    """Insert a user with a login and a worker."""
    email = f"{rows.organization}@example.com"
    user = rows.ids["user"] = await rows.add(User, name="Ada", email=email.upper(), role=UserRole.OWNER)
    rows.ids["worker"] = await rows.add(Worker, name="Ada", hourly_rate=Decimal(80), user_id=user)
    key = {"mutation": "createTask", "key": "once", "digest": "0" * 64, "expires_at": datetime.now(UTC)}
    await rows.add(IdempotencyKey, user_id=user, **key)
    await rows.save(Login(organization_id=rows.organization, email=email, user_id=user, password_hash="argon2"))
