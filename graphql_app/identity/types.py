"""GraphQL types of organizations and users, and of the viewer."""

from datetime import datetime

import strawberry

from graphql_app.identity import models as m
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node, of_viewer
from graphql_app.types.relations import to_one


@model_type(m.Organization, name="Organization")
class OrganizationType(Node):
    name: str
    currency: str
    created_at: datetime
    updated_at: datetime
    version: int

    users = to_many(m.Organization.users)


@model_type(m.User, name="User")
class UserType(Node):
    name: str
    email: str
    role: m.UserRole
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.User.organization)


@strawberry.type(name="Viewer", description="User and organization of the request's token.")
class ViewerType:
    user = of_viewer(m.User, lambda viewer: viewer.user_id, "User of the token.")
    organization = of_viewer(m.Organization, lambda viewer: viewer.organization_id, "Organization of the user.")
