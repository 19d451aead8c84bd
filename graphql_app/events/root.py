"""Root field of the audit log."""

import strawberry

from graphql_app.events import models as m
from graphql_app.events.types import NEWEST_FIRST
from graphql_app.identity.models import UserRole
from graphql_app.models.base import Base
from graphql_app.sql.conditions import And
from graphql_app.types.lists import filtered_list

NODES: tuple[type[Base], ...] = ()


@strawberry.type
class AuditQuery:
    audit_log = filtered_list(
        m.Event,
        "Changes of all records of the organization, the newest first, for as long as the server keeps them.",
        lambda context, arguments: And(()),
        NEWEST_FIRST,
        roles=(UserRole.OWNER,),
    )


Query = AuditQuery
"""Root fields of this folder."""
