"""Kinds of columns: the values of each SQL type in Python, in SQL and in the API."""

from graphql_app.models.kinds import choices, numbers, texts, times
from graphql_app.models.kinds.kind import ColumnKind, OpaqueKind, kind_of, register_kind

__all__ = ["ColumnKind", "OpaqueKind", "choices", "kind_of", "numbers", "register_kind", "texts", "times"]
