"""GraphQL types of organizations and users, and of the viewer with its sessions and memberships."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import strawberry
from asyncpg import Record
from strawberry import ID

from graphql_app.authorization import Scope
from graphql_app.context import Info
from graphql_app.identity import models as m
from graphql_app.identity.totp import has_totp
from graphql_app.sql.edges import reverse
from graphql_app.strawberry_adapter import raw_info
from graphql_app.types.declarations import computed, field, resolved
from graphql_app.types.fields import ObjectField
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.permissions import callable_mutations
from graphql_app.types.records import Node, maybe_of_viewer, of_viewer
from graphql_app.types.relations import to_one

SESSIONS = "SELECT * FROM sessions_of($1)"
MEMBERSHIPS = "SELECT organization_id, organization_name, member_id AS user_id, role FROM memberships_of($1)"


def _has(scopes: frozenset[str] | None, scope: Scope) -> bool:
    return scopes is None or scope.name in scopes


def _texts(row: Record) -> dict[str, Any]:  # values of the fields of a type
    """Return the values of a record, with IDs as texts."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}


@model_type(m.Organization, name="Organization")
class OrganizationType(Node):
    name: str
    created_at: datetime
    updated_at: datetime
    version: int

    users = to_many(m.Organization.users)
    invitations = to_many(reverse(m.Invitation.organization))
    api_keys = to_many(reverse(m.ApiKey.organization))


@model_type(m.User, name="User")
class UserType(Node):
    name: str
    email: str
    role: m.UserRole
    is_service_account: bool
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.User.organization)
    sent_invitations = to_many(reverse(m.Invitation.invited_by))
    api_keys = to_many(reverse(m.ApiKey.user))
    created_api_keys = to_many(reverse(m.ApiKey.created_by))


@model_type(m.ApiKey, name="ApiKey")
class ApiKeyType(Node):
    name: str
    prefix: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.ApiKey.organization)
    user = to_one(m.ApiKey.user)
    created_by = to_one(m.ApiKey.created_by)

    @computed("scopes")
    def scopes(self) -> list[str]:
        """Scopes of the key, which limit the role of its user. They never change."""
        stored: str = self.scopes  # type: ignore[assignment]  # a row of the model, not of this type
        return stored.split()


@model_type(m.Invitation, name="Invitation")
class InvitationType(Node):
    name: str
    email: str
    role: m.UserRole
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int

    invited_by = to_one(m.Invitation.invited_by)
    organization = to_one(m.Invitation.organization)


@strawberry.type(name="Scope", description="Scope that an API key may have.")
class ScopeType:
    name: str = field("Name of the scope.")
    description: str = field("Fields for which an API key needs the scope.")


@strawberry.type(name="Session", description="Login session of an identity on one device.")
class SessionType:
    id: ID = field("ID of the session, for `revokeSession`.")
    organization_id: ID = field("ID of its current organization.")
    client: str = field("User-Agent of the client that logged in, up to 200 characters.")
    address: str = field("IP address of the last login or refresh; empty if unknown.")
    created_at: datetime = field("Time of the login.")
    used_at: datetime = field("Time of the last login or refresh.")
    expires_at: datetime = field("Time after which the session ends unless it is refreshed.")
    is_current: bool = field("True for the session of this request.")


@strawberry.type(name="Membership", description="Organization to which the viewer's identity belongs.")
class MembershipType:
    organization_id: ID = field("ID of the organization, for `switchOrganization`.")
    organization_name: str = field("Name of the organization.")
    user_id: ID = field("ID of the identity's user in the organization.")
    role: m.UserRole = field("Role in the organization.")


@strawberry.type(name="Viewer", description="Viewer: the authenticated user and organization.")
class ViewerType:
    user = of_viewer(m.User, lambda viewer: viewer.user_id, "User of the token.")
    organization = of_viewer(m.Organization, lambda viewer: viewer.organization_id, "Organization of the user.")

    api_key = maybe_of_viewer(m.ApiKey, lambda viewer: viewer.key_id, "API key of the request; null without one.")

    @resolved
    def scopes(self, info: Info) -> list[ScopeType]:
        """Scopes of the request: those of its API key, or all scopes without one."""
        own, declared = info.context.viewer.scopes, info.context.services.scopes
        return [ScopeType(name=each.name, description=each.description) for each in declared if _has(own, each)]

    @resolved
    async def sessions(self, info: Info) -> list[SessionType]:
        """Open sessions of the viewer's identity in all organizations, the last used ones first; at most 100."""
        viewer = info.context.viewer
        rows = await info.context.session.fetch(SESSIONS, [viewer.user_id])
        return [SessionType(**_texts(row), is_current=row["id"] == viewer.session_id) for row in rows]

    @resolved
    async def memberships(self, info: Info) -> list[MembershipType]:
        """Organizations in which the viewer's identity has an active user, by name; at most 100."""
        rows = await info.context.session.fetch(MEMBERSHIPS, [info.context.viewer.user_id])
        return [MembershipType(**_texts(row)) for row in rows]

    @resolved
    async def has_totp(self, info: Info) -> bool:
        """Second step of logins: true if the viewer's identity has enabled an authenticator app."""
        return await has_totp(info.context.session, info.context.viewer)

    @resolved
    def role(self, info: Info) -> str:
        """Role of the viewer, which determines what the viewer may read and change."""
        return info.context.role

    @resolved
    def permissions(self, info: Info) -> list[str]:
        """Names of the mutations that the viewer may call. A record's `permissions` show those for the record."""
        return callable_mutations(raw_info(info).schema, info.context)


@strawberry.type(name="RateLimit", description="Rate limit of the client by the cost of operations.")
class RateLimitType:
    """Fields read from a RateStatus."""

    cost = ObjectField("cost", int, "Cost of this operation: the upper bound that was taken from the limit.")
    limit = ObjectField("limit", int, "Cost that the client may use at once.", lambda status, _: status.limit.maximum)
    remaining = ObjectField(
        "remaining", int, "Cost that is available to the client now.", lambda status, _: status.available
    )
    restore_rate = ObjectField(
        "restore_rate", float, "Cost that is restored per second.", lambda status, _: status.limit.restore_rate
    )
    reset_at = ObjectField(
        "reset_at",
        datetime,
        "Time at which the whole limit is available again, if nothing is used.",
        lambda status, _: datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=status.reset_seconds),
    )
