"""Shared parts of the handlers: rows by ids, children of parents, and the bytes of the response."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from tests.bench.contenders.pool import Json

type Connection = Any
"""Pooled connection of asyncpg."""
type Handler = Callable[[Connection, Json], Awaitable[Json]]

WORKERS = "SELECT id, name FROM workers WHERE organization_id = $1 AND id = ANY($2)"
CATEGORIES = "SELECT id, name FROM categories WHERE organization_id = $1 AND id = ANY($2)"
USERS = "SELECT id, name FROM users WHERE organization_id = $1 AND id = ANY($2)"


def encode(data: Json) -> bytes:
    """Return the response. Ids are of asyncpg's UUID class, which orjson does not encode."""
    return orjson.dumps({"data": data}, default=str, option=orjson.OPT_UTC_Z)


async def found(connection: Connection, sql: str, tenant: str, ids: Iterable[Any]) -> dict[Any, Json]:
    """Return the rows of these ids as dicts, by id."""
    rows = await connection.fetch(sql, tenant, list({id for id in ids if id is not None}))
    return {row["id"]: dict(row) for row in rows}


async def names(connection: Connection, sql: str, tenant: str, ids: Iterable[Any]) -> dict[Any, Json]:
    """Return the names of the rows of these ids as objects, by id."""
    rows = await connection.fetch(sql, tenant, list({id for id in ids if id is not None}))
    return {row["id"]: {"name": row["name"]} for row in rows}


def grouped(rows: Iterable[Any], key: str, show: Callable[[Any], Json]) -> Mapping[Any, list[Json]]:
    """Return the shown values of each row, in lists by the id in ``key``."""
    groups: dict[Any, list[Json]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(show(row))
    return groups


def connection_of(groups: Mapping[Any, Sequence[Json]], id: Any) -> Json:
    """Return a parent's list as a connection."""
    return {"nodes": groups.get(id, [])}
