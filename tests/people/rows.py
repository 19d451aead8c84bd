"""User and worker for tests of the database."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from graphql_app.identity.models import ApiKey, IdempotencyKey, Invitation, User, UserRole
from graphql_app.identity.secret_models import (
    ApiKeyHash,
    AuthSession,
    ExternalLogin,
    Identity,
    IdentityToken,
    RecoveryCode,
    RefreshToken,
)
from graphql_app.jobs.models import Job
from schema.people.models import OrganizationSettings, Worker
from tests.database.sample_rows import Rows


async def fill(rows: Rows) -> None:
    """Insert settings, a user with a login, and a worker."""
    await rows.save(OrganizationSettings(organization_id=rows.organization, id=rows.organization, currency="EUR"))
    email = f"{rows.organization}@example.com"
    identity = Identity(id=uuid4(), email=email, password_hash="$argon2$digest", verified_at=datetime.now(UTC))
    await rows.save(identity)
    given = {"name": "Ada", "email": email.upper(), "role": UserRole.OWNER, "identity_id": identity.id}
    user = rows.ids["user"] = await rows.add(User, **given)
    rows.ids["worker"] = await rows.add(Worker, name="Ada", hourly_rate=Decimal(80), user_id=user)
    key = {"mutation": "createTask", "key": "once", "digest": "0" * 64, "expires_at": datetime.now(UTC)}
    await rows.add(IdempotencyKey, user_id=user, **key)
    whose = {"identity_id": identity.id, "organization_id": rows.organization, "user_id": user}
    session = AuthSession(id=uuid4(), **whose, client="", address="", expires_at=datetime.now(UTC))
    await rows.save(session)
    await rows.save(RefreshToken(hash=session.id.bytes, session_id=session.id))
    token = {"hash": identity.id.bytes, "purpose": "RESET", "identity_id": identity.id}
    await rows.save(IdentityToken(**token, expires_at=datetime.now(UTC)))
    described = {"name": "Import", "prefix": "wl_01234567", "scopes": "read"}
    api_key = await rows.add(ApiKey, user_id=user, created_by_id=user, **described)
    await rows.save(ExternalLogin(issuer="https://issuer.example", subject=email, identity_id=identity.id))
    await rows.save(ApiKeyHash(hash=api_key.bytes, organization_id=rows.organization, key_id=api_key))
    invited = {"name": "Zoe", "email": "zoe@example.com", "role": UserRole.MEMBER, "token_hash": identity.id.bytes}
    await rows.add(Invitation, **invited, expires_at=datetime.now(UTC), invited_by_id=user)
    await rows.add(Job, name="count", arguments={}, state={}, created_by_id=user)
    await rows.save(RecoveryCode(identity_id=identity.id, hash=identity.id.bytes))
