"""Expected records and relations by plain SQL over the foreign keys, without the engine."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, inspect
from sqlalchemy.orm import Mapper, RelationshipProperty

from graphql_app.database.rate_limit_buckets import RateLimitBucket
from graphql_app.database.trusted_documents import TrustedDocument
from graphql_app.events.models import Event
from graphql_app.identity.models import IdempotencyKey, Identity, Organization
from graphql_app.identity.secret_models import AuthSession
from graphql_app.names import camel_case
from graphql_app.postgres.admin_connections import DriverConnection
from schema.people.models import OrganizationSettings
from tests.support.application import load_models
from tests.support.organizations import ALPHA

Json = dict[str, Any]
UNSEEN = {AuthSession, Event, IdempotencyKey, Identity, OrganizationSettings, RateLimitBucket, TrustedDocument}
"""Tables of the server itself, and of single values of organizations. The API has no lists of their rows."""


def entities() -> list[Mapper[Any]]:
    """Return the mapping of every table whose rows have an id and are in the API."""
    load_models()
    mappers = (each for each in Organization.registry.mappers if "id" in each.columns and each.class_ not in UNSEEN)
    return sorted(mappers, key=lambda each: each.class_.__name__)


def relations() -> list[RelationshipProperty[Any]]:
    """Return every relation between them, in both directions."""
    found = (relation for each in entities() for relation in each.relationships)
    return [relation for relation in found if relation.mapper.class_ not in UNSEEN]


def name_of(mapper: Mapper[Any]) -> str:
    """Return the name of the type."""
    return mapper.class_.__name__


def shown(value: Any) -> Any:
    """Return a value of the database in the form of the API."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case Decimal() | UUID():
            return str(value)
    return value


async def records(connection: DriverConnection, mapper: Mapper[Any]) -> list[Json]:
    """Return Alpha's rows in the order of their ids, by the names of fields."""
    rows = await connection.fetch(f"SELECT * FROM {_table(mapper)} WHERE {_tenant(mapper)} = $1 ORDER BY id", _alpha())
    return [{camel_case(key): shown(value) for key, value in row.items()} for row in rows]


async def related(connection: DriverConnection, relation: RelationshipProperty[Any]) -> dict[str, list[str]]:
    """Return the ids of the related rows for each of Alpha's rows, in their order."""
    near, far = _table(relation.parent), _table(relation.mapper)
    rows = await connection.fetch(
        f"SELECT near.id, array_remove(array_agg(far.id ORDER BY far.id), NULL) "
        f"FROM {near} AS near {_joined(relation, far)} WHERE near.{_tenant(relation.parent)} = $1 GROUP BY near.id",
        _alpha(),
    )
    return {str(id): [str(each) for each in found] for id, found in rows}


def _joined(relation: RelationshipProperty[Any], far: str) -> str:
    if relation.secondary is None:
        return f"LEFT JOIN {far} AS far ON {_equal('near', relation.local_remote_pairs, 'far')}"
    near_link = _equal("near", relation.synchronize_pairs, "link")
    far_link = _equal("far", relation.secondary_synchronize_pairs, "link")
    return f"LEFT JOIN {relation.secondary} AS link ON {near_link} LEFT JOIN {far} AS far ON {far_link}"


def _equal(left: str, pairs: Any, right: str) -> str:
    return " AND ".join(f"{left}.{_name(a)} = {right}.{_name(b)}" for a, b in pairs)


def _name(column: Column[Any]) -> str:
    return column.name


def _table(mapper: Mapper[Any]) -> str:
    return str(mapper.local_table)


def _tenant(mapper: Mapper[Any]) -> str:
    return "organization_id" if "organization_id" in inspect(mapper).columns else "id"


def _alpha() -> UUID:
    return ALPHA.organization
