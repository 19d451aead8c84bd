"""Kinds of columns: the values of each SQL type in Python, in SQL and in the API.

Each module registers its kinds.
"""

from graphql_app.models.kinds import choices, composites, documents, numbers, ranges, texts, times
from graphql_app.models.kinds.kind import ColumnKind, OpaqueKind, kind_of, register_kind
from graphql_app.models.kinds.scalars import JSON, BigInt, LocalDateTime, Scalar

__all__ = [
    "JSON",
    "BigInt",
    "ColumnKind",
    "LocalDateTime",
    "OpaqueKind",
    "Scalar",
    "choices",
    "composites",
    "documents",
    "kind_of",
    "numbers",
    "ranges",
    "register_kind",
    "texts",
    "times",
]
