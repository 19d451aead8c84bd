"""Nested lists: a statement for each level, a page for each parent."""

from typing import Any

from tests.bench.contenders.by_hand.rows import USERS, Connection, Handler, connection_of, found, grouped
from tests.bench.contenders.pool import Json

PAGE = """SELECT page.* FROM unnest($2::uuid[]) AS parent CROSS JOIN LATERAL (SELECT {columns} FROM {table}
WHERE organization_id = $1 AND {key} = parent{condition} ORDER BY {order} LIMIT $3) AS page"""


def pages(table: str, columns: str, key: str, order: str = "id", condition: str = "") -> str:
    """Return the statement for pages of the children of each parent."""
    return PAGE.format(table=table, columns=f"{columns}, {key}", key=key, order=order, condition=condition)


FIRST_USERS = "SELECT id, name FROM users WHERE organization_id = $1 ORDER BY id LIMIT $2"
FIRST_WORKERS = "SELECT id, name FROM workers WHERE organization_id = $1 ORDER BY id LIMIT $2"
WORKERS_BY_NAME = "SELECT id, name FROM workers WHERE organization_id = $1 ORDER BY name, id LIMIT $2"
CATEGORIES_BY_NAME = "SELECT id, name FROM categories WHERE organization_id = $1 ORDER BY name, id LIMIT $2"
POSTS = pages("posts", "id, title", "author_id")
POSTS_BY_TITLE = pages("posts", "id, title", "author_id", "title, id")
COMMENTS_OF_POSTS = pages("comments", "id, body, author_id", "post_id")
COMMENTS_OF_TASKS = pages("comments", "id, body, author_id", "task_id")
NEWEST_COMMENTS = pages("comments", "id, body, author_id", "task_id", "created_at DESC, id DESC")
TASKS = pages("tasks", "id, title", "assignee_id")
URGENT_TASKS = pages("tasks", "id, title", "assignee_id", condition=" AND priority = $4")
NEWEST_TASKS = pages("tasks", "id, title", "category_id", "created_at DESC, id DESC", " AND status = $4")
SUBTASKS = pages("tasks", "id, title", "parent_id", "title, id")


def _ids(rows: Any) -> list[Any]:
    return [row["id"] for row in rows]


async def nested(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    users = await connection.fetch(FIRST_USERS, tenant, v["users"])
    posts = await connection.fetch(POSTS, tenant, _ids(users), v["posts"])
    comments = await connection.fetch(COMMENTS_OF_POSTS, tenant, _ids(posts), v["comments"])
    authors = await found(connection, USERS, tenant, (row["author_id"] for row in comments))
    of_post = grouped(comments, "post_id", lambda row: _with_author(row, authors))
    of_user = grouped(posts, "author_id", lambda row: _with(row, "comments", of_post))
    nodes = [{"id": row["id"], "name": row["name"], "posts": connection_of(of_user, row["id"])} for row in users]
    return {"users": {"nodes": nodes}}


async def nested_workers(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    workers = await connection.fetch(FIRST_WORKERS, tenant, v["workers"])
    tasks = await connection.fetch(TASKS, tenant, _ids(workers), v["tasks"])
    comments = await connection.fetch(COMMENTS_OF_TASKS, tenant, _ids(tasks), v["comments"])
    authors = await found(connection, USERS, tenant, (row["author_id"] for row in comments))
    of_task = grouped(comments, "task_id", lambda row: _with_author(row, authors))
    of_worker = grouped(tasks, "assignee_id", lambda row: _with(row, "comments", of_task))
    nodes = [{"id": row["id"], "name": row["name"], "tasks": connection_of(of_worker, row["id"])} for row in workers]
    return {"workers": {"nodes": nodes}}


async def levels(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    categories = await connection.fetch(CATEGORIES_BY_NAME, tenant, v["categories"])
    tasks = await connection.fetch(NEWEST_TASKS, tenant, _ids(categories), v["tasks"], v["status"])
    comments = await connection.fetch(NEWEST_COMMENTS, tenant, _ids(tasks), v["comments"])
    authors = await found(connection, USERS, tenant, (row["author_id"] for row in comments))
    posts = await connection.fetch(POSTS_BY_TITLE, tenant, list(authors), v["posts"])
    of_author = grouped(posts, "author_id", lambda row: {"id": row["id"], "title": row["title"]})
    people = {id: {"name": row["name"], "posts": connection_of(of_author, id)} for id, row in authors.items()}
    of_task = grouped(comments, "task_id", lambda row: _with_author(row, people))
    of_category = grouped(tasks, "category_id", lambda row: _with(row, "comments", of_task))
    nodes = [
        {"id": row["id"], "name": row["name"], "tasks": connection_of(of_category, row["id"])} for row in categories
    ]
    return {"categories": {"nodes": nodes}}


async def levels_workers(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    workers = await connection.fetch(WORKERS_BY_NAME, tenant, v["workers"])
    tasks = await connection.fetch(URGENT_TASKS, tenant, _ids(workers), v["tasks"], v["priority"])
    subtasks = await connection.fetch(SUBTASKS, tenant, _ids(tasks), v["subtasks"])
    comments = await connection.fetch(COMMENTS_OF_TASKS, tenant, _ids(subtasks), v["comments"])
    of_subtask = grouped(comments, "task_id", lambda row: {"id": row["id"], "body": row["body"]})
    of_task = grouped(subtasks, "parent_id", lambda row: _with(row, "comments", of_subtask))
    of_worker = grouped(tasks, "assignee_id", lambda row: _with(row, "subtasks", of_task))
    nodes = [{"id": row["id"], "name": row["name"], "tasks": connection_of(of_worker, row["id"])} for row in workers]
    return {"workers": {"nodes": nodes}}


def _with_author(row: Any, authors: Any) -> Json:
    return {"id": row["id"], "body": row["body"], "author": authors[row["author_id"]]}


def _with(row: Any, name: str, groups: Any) -> Json:
    return {"id": row["id"], "title": row["title"], name: connection_of(groups, row["id"])}


NESTED: dict[str, Handler] = {
    "nested": nested,
    "nested_workers": nested_workers,
    "levels": levels,
    "levels_workers": levels_workers,
}
