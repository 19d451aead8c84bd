"""Creations, updates and deletions, of one row and of many."""

from datetime import datetime
from typing import Any

from tests.bench.contenders.by_hand.rows import WORKERS, Connection, Handler, names
from tests.bench.contenders.pool import Json

CREATE = """INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id, category_id,
creator_id) VALUES ($1, uuidv7(), $2, $3, 'OPEN', $4, $5, $6, $7) RETURNING id, title, assignee_id"""
CREATED = ("organizationId", "title", "description", "priority", "assigneeId", "categoryId", "creatorId")
WORKER = "SELECT name FROM workers WHERE organization_id = $1 AND id = $2"
CATEGORY = "SELECT name FROM categories WHERE organization_id = $1 AND id = $2"
USER = "SELECT name FROM users WHERE organization_id = $1 AND id = $2"
CREATE_ALL = """INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id,
category_id, creator_id) SELECT $1, uuidv7(), title, description, 'OPEN', priority, assignee, category, $2
FROM unnest($3::text[], $4::text[], $5::smallint[], $6::uuid[], $7::uuid[])
AS given(title, description, priority, assignee, category) RETURNING id, title, assignee_id"""
COMMENT = """INSERT INTO comments (organization_id, id, author_id, task_id, body) VALUES ($1, uuidv7(), $2, $3, $4)
RETURNING id, body"""
UPDATE = """UPDATE tasks SET title = $3, priority = $4, version = version + 1, updated_at = now()
WHERE organization_id = $1 AND id = $2 RETURNING id, title, priority, assignee_id"""
DESCRIBE = """UPDATE tasks SET description = $3, due_at = $4, version = version + 1, updated_at = now()
WHERE organization_id = $1 AND id = $2 RETURNING id, title, description, due_at, category_id"""
DELETE = "DELETE FROM tasks WHERE organization_id = $1 AND id = $2 RETURNING id"
DELETE_COMMENT = "DELETE FROM comments WHERE organization_id = $1 AND id = $2 RETURNING id"


async def _named(connection: Connection, sql: str, tenant: str, id: Any) -> Json | None:
    row = None if id is None else await connection.fetchrow(sql, tenant, id)
    return None if row is None else dict(row)


async def create(connection: Connection, v: Json) -> Json:
    given = v["input"]
    row = await connection.fetchrow(CREATE, *(given[name] for name in CREATED))
    worker = await _named(connection, WORKER, given["organizationId"], row["assignee_id"])
    return {"createTask": {"task": {"id": row["id"], "title": row["title"], "assignee": worker}}}


async def create_comment(connection: Connection, v: Json) -> Json:
    row = await connection.fetchrow(COMMENT, v["organization"], v["user"], v["task"], v["body"])
    author = await _named(connection, USER, v["organization"], v["user"])
    return {"createComment": {"comment": {**row, "author": author}}}


async def update(connection: Connection, v: Json) -> Json:
    row = await connection.fetchrow(UPDATE, v["organization"], v["id"], v["title"], v["priority"])
    shown = {"id": row["id"], "title": row["title"], "priority": row["priority"]}
    shown["assignee"] = await _named(connection, WORKER, v["organization"], row["assignee_id"])
    return {"updateTask": {"task": shown}}


async def update_text(connection: Connection, v: Json) -> Json:
    due = datetime.fromisoformat(v["dueAt"])
    row = await connection.fetchrow(DESCRIBE, v["organization"], v["id"], v["description"], due)
    shown = {"id": row["id"], "title": row["title"], "description": row["description"], "dueAt": row["due_at"]}
    shown["category"] = await _named(connection, CATEGORY, v["organization"], row["category_id"])
    return {"updateTask": {"task": shown}}


async def delete(connection: Connection, v: Json) -> Json:
    return {"deleteTask": {"deletedId": await connection.fetchval(DELETE, v["organization"], v["id"])}}


async def delete_comment(connection: Connection, v: Json) -> Json:
    return {"deleteComment": {"deletedId": await connection.fetchval(DELETE_COMMENT, v["organization"], v["id"])}}


async def _create_all(connection: Connection, v: Json) -> list[Any]:
    names_ = ("title", "description", "priority", "assigneeId", "categoryId")
    columns = [[each.get(name) for each in v["inputs"]] for name in names_]
    rows: list[Any] = await connection.fetch(CREATE_ALL, v["organization"], v["user"], *columns)
    return rows


async def bulk(connection: Connection, v: Json) -> Json:
    rows = await _create_all(connection, v)
    workers = await names(connection, WORKERS, v["organization"], (row["assignee_id"] for row in rows))
    tasks = [{"id": row["id"], "title": row["title"], "assignee": workers.get(row["assignee_id"])} for row in rows]
    return {"createTasks": {"results": [{"task": task} for task in tasks]}}


async def bulk_titles(connection: Connection, v: Json) -> Json:
    rows = await _create_all(connection, v)
    return {"createTasks": {"results": [{"task": {"id": row["id"], "title": row["title"]}} for row in rows]}}


WRITING: dict[str, Handler] = {
    "create": create,
    "create_comment": create_comment,
    "update": update,
    "update_text": update_text,
    "delete": delete,
    "delete_comment": delete_comment,
    "bulk": bulk,
    "bulk_titles": bulk_titles,
}
