"""The five operations by hand: rows to dicts, relations batched by ``= ANY``. No GraphQL."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson

from tests.bench.contenders.pool import Json

type Connection = Any
"""A pooled connection of asyncpg's."""
Row = Any

TASK = "SELECT id, title, status FROM tasks WHERE organization_id = $1 AND id = $2"
BOARD = """SELECT id, title, status, priority, due_at, created_at, assignee_id, category_id, creator_id
FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"""
LIST = """SELECT id, title, description, status, priority, due_at, completed_at, created_at, updated_at,
assignee_id, category_id FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"""
USERS = "SELECT id, name FROM users WHERE organization_id = $1 ORDER BY id LIMIT 20"
POSTS = """SELECT page.* FROM unnest($2::uuid[]) AS parent CROSS JOIN LATERAL (SELECT id, title, author_id FROM posts
WHERE organization_id = $1 AND author_id = parent ORDER BY id LIMIT 5) AS page"""
COMMENTS = """SELECT page.* FROM unnest($2::uuid[]) AS parent CROSS JOIN LATERAL (SELECT id, body, author_id, post_id
FROM comments WHERE organization_id = $1 AND post_id = parent ORDER BY id LIMIT 5) AS page"""
WORKERS = "SELECT id, name FROM workers WHERE organization_id = $1 AND id = ANY($2)"
CATEGORIES = "SELECT id, name FROM categories WHERE organization_id = $1 AND id = ANY($2)"
CREATORS = "SELECT id, name, organization_id FROM users WHERE organization_id = $1 AND id = ANY($2)"
AUTHORS = "SELECT id, name FROM users WHERE organization_id = $1 AND id = ANY($2)"
ORGANIZATIONS = "SELECT id, name FROM organizations WHERE id = ANY($1)"
CREATE = """INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id, category_id,
creator_id) VALUES ($1, uuidv7(), $2, $3, 'OPEN', $4, $5, $6, $7) RETURNING id, title, assignee_id"""
WORKER = "SELECT name FROM workers WHERE organization_id = $1 AND id = $2"
CREATED = ("organizationId", "title", "description", "priority", "assigneeId", "categoryId", "creatorId")


def encode(data: Json) -> bytes:
    """The response. Ids are UUIDs of asyncpg's own, which orjson does not know."""
    return orjson.dumps({"data": data}, default=str, option=orjson.OPT_UTC_Z)


async def found(connection: Connection, sql: str, tenant: str, ids: Iterable[Any]) -> dict[Any, Json]:
    """The rows of these ids as dicts."""
    rows = await connection.fetch(sql, tenant, list({id for id in ids if id is not None}))
    return {row["id"]: dict(row) for row in rows}


async def task(connection: Connection, v: Json) -> Json:
    row = await connection.fetchrow(TASK, v["organization"], v["id"])
    return {"task": dict(row) if row else None}


async def board(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(BOARD, tenant, v["first"])
    workers = await found(connection, WORKERS, tenant, (row["assignee_id"] for row in rows))
    categories = await found(connection, CATEGORIES, tenant, (row["category_id"] for row in rows))
    users = await found(connection, CREATORS, tenant, (row["creator_id"] for row in rows))
    ids = list({user["organization_id"] for user in users.values()})
    organizations = {row["id"]: dict(row) for row in await connection.fetch(ORGANIZATIONS, ids)}
    for user in users.values():
        user["organization"] = organizations[user.pop("organization_id")]
    nodes = [
        {
            "id": row["id"],
            "title": row["title"],
            "status": row["status"],
            "priority": row["priority"],
            "dueAt": row["due_at"],
            "createdAt": row["created_at"],
            "assignee": workers.get(row["assignee_id"]),
            "category": categories.get(row["category_id"]),
            "creator": users.get(row["creator_id"]),
        }
        for row in rows
    ]
    return {"tasks": {"nodes": nodes}}


async def nested(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    users = await connection.fetch(USERS, tenant)
    posts = await connection.fetch(POSTS, tenant, [user["id"] for user in users])
    comments = await connection.fetch(COMMENTS, tenant, [post["id"] for post in posts])
    authors = await found(connection, AUTHORS, tenant, (comment["author_id"] for comment in comments))
    of_post: dict[Any, list[Json]] = {}
    for row in comments:
        shown = {"id": row["id"], "body": row["body"], "author": authors[row["author_id"]]}
        of_post.setdefault(row["post_id"], []).append(shown)
    of_user: dict[Any, list[Json]] = {}
    for row in posts:
        shown = {"id": row["id"], "title": row["title"], "comments": {"nodes": of_post.get(row["id"], [])}}
        of_user.setdefault(row["author_id"], []).append(shown)
    nodes = [
        {"id": user["id"], "name": user["name"], "posts": {"nodes": of_user.get(user["id"], [])}} for user in users
    ]
    return {"users": {"nodes": nodes}}


async def long_list(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(LIST, tenant, v["first"])
    workers = await names(connection, WORKERS, tenant, {row["assignee_id"] for row in rows})
    categories = await names(connection, CATEGORIES, tenant, {row["category_id"] for row in rows})
    nodes = [
        {
            "id": row["id"],
            "title": row["title"],
            "description": row["description"],
            "status": row["status"],
            "priority": row["priority"],
            "dueAt": row["due_at"],
            "completedAt": row["completed_at"],
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "assignee": workers.get(row["assignee_id"]),
            "category": categories.get(row["category_id"]),
        }
        for row in rows
    ]
    return {"tasks": {"nodes": nodes}}


async def names(connection: Connection, sql: str, tenant: str, ids: set[Any]) -> dict[Any, Json]:
    """The names of the rows of these ids, as objects."""
    return {row["id"]: {"name": row["name"]} for row in await connection.fetch(sql, tenant, list(ids - {None}))}


async def create(connection: Connection, v: Json) -> Json:
    given = v["input"]
    row = await connection.fetchrow(CREATE, *(given[name] for name in CREATED))
    worker = await connection.fetchrow(WORKER, given["organizationId"], row["assignee_id"])
    shown = {"id": row["id"], "title": row["title"], "assignee": dict(worker) if worker else None}
    return {"createTask": {"task": shown}}


READS: dict[str, Callable[[Connection, Json], Awaitable[Json]]] = {
    "task": task,
    "board": board,
    "nested": nested,
    "list": long_list,
}
