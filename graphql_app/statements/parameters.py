"""The two parameters that every statement shares, and the predicate that keeps it inside one organization.

Keys travel as one array, ``= ANY(keys)``: a single prepared statement serves every batch size, where ``IN`` with n
parameters makes a statement per n.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from graphql_app.database.base import tenant_column

ORGANIZATION: ColumnElement[UUID] = bindparam("organization", type_=Uuid())
KEYS: ColumnElement[Any] = bindparam("keys", type_=ARRAY(Uuid()))


def in_tenant(entity: Any) -> ColumnElement[bool]:
    """Rows of the caller's organization only. ``entity`` is a model, an alias of one, or a link table's columns.

    Row-level security says the same; saying it here as well gives the planner the index and a shard its key.
    """
    return tenant_column(entity) == ORGANIZATION  # type: ignore[no-any-return]


def in_keys(column: Any) -> ColumnElement[bool]:
    """``column = ANY(keys)``"""
    return column == any_(KEYS)  # type: ignore[no-any-return]
