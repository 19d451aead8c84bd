"""Single records, records of several types, and many records by their ids."""

from typing import Any

from tests.bench.contenders.by_hand.rows import Connection, Handler
from tests.bench.contenders.pool import Json

TASK = "SELECT id, title, status FROM tasks WHERE organization_id = $1 AND id = $2"
DETAIL = """SELECT t.id, t.title, t.description, t.status, t.priority, t.due_at, w.name AS assignee, c.name AS category,
u.name AS creator FROM tasks t
LEFT JOIN workers w ON w.organization_id = t.organization_id AND w.id = t.assignee_id
LEFT JOIN categories c ON c.organization_id = t.organization_id AND c.id = t.category_id
LEFT JOIN users u ON u.organization_id = t.organization_id AND u.id = t.creator_id
WHERE t.organization_id = $1 AND t.id = $2"""
KINDS = """SELECT id, 'Task' AS kind FROM tasks WHERE organization_id = $1 AND id = ANY($2)
UNION ALL SELECT id, 'Post' FROM posts WHERE organization_id = $1 AND id = ANY($2)
UNION ALL SELECT id, 'User' FROM users WHERE organization_id = $1 AND id = ANY($2)
UNION ALL SELECT id, 'Worker' FROM workers WHERE organization_id = $1 AND id = ANY($2)"""
NODES = {
    "Task": """SELECT t.id, t.title, t.status, c.name AS category FROM tasks t
LEFT JOIN categories c ON c.organization_id = t.organization_id AND c.id = t.category_id
WHERE t.organization_id = $1 AND t.id = ANY($2)""",
    "Post": """SELECT p.id, p.title, u.name AS author FROM posts p
LEFT JOIN users u ON u.organization_id = p.organization_id AND u.id = p.author_id
WHERE p.organization_id = $1 AND p.id = ANY($2)""",
    "User": "SELECT id, name, role FROM users WHERE organization_id = $1 AND id = ANY($2)",
    "Worker": "SELECT id, name FROM workers WHERE organization_id = $1 AND id = ANY($2)",
}
POSTS = "SELECT id, title FROM posts WHERE organization_id = $1 AND author_id = $2 ORDER BY id LIMIT 5"
TASKS = "SELECT id, title, status FROM tasks WHERE organization_id = $1 AND assignee_id = $2 ORDER BY id LIMIT 5"
ROOTS = "SELECT id, title, status FROM tasks WHERE organization_id = $1 AND id = ANY($2)"
ROOT_LISTS = """SELECT page.* FROM unnest($2::uuid[]) AS worker CROSS JOIN LATERAL (SELECT id, title, assignee_id
FROM tasks WHERE organization_id = $1 AND assignee_id = worker ORDER BY id LIMIT $3) AS page"""
COUNT = 20


def _name(name: str | None) -> Json | None:
    return None if name is None else {"name": name}


async def task(connection: Connection, v: Json) -> Json:
    row = await connection.fetchrow(TASK, v["organization"], v["id"])
    return {"task": dict(row) if row else None}


async def task_detail(connection: Connection, v: Json) -> Json:
    row = await connection.fetchrow(DETAIL, v["organization"], v["id"])
    if row is None:
        return {"task": None}
    shown = {
        "id": row["id"],
        "title": row["title"],
        "description": row["description"],
        "status": row["status"],
        "priority": row["priority"],
        "dueAt": row["due_at"],
        "assignee": _name(row["assignee"]),
        "category": _name(row["category"]),
        "creator": _name(row["creator"]),
    }
    return {"task": shown}


async def node(connection: Connection, v: Json) -> Json:
    asked = {"a": v["task"], "b": v["post"], "c": v["user"], "d": v["worker"]}
    kinds: dict[str, list[Any]] = {}
    for row in await connection.fetch(KINDS, v["organization"], list(asked.values())):
        kinds.setdefault(row["kind"], []).append(row["id"])
    nodes: dict[str, Json] = {}
    for kind, ids in kinds.items():
        for row in await connection.fetch(NODES[kind], v["organization"], ids):
            shown = {"__typename": kind, **row}
            for relation in ("category", "author"):
                if relation in shown:
                    shown[relation] = _name(shown[relation])
            nodes[str(row["id"])] = shown
    return {alias: nodes.get(id) for alias, id in asked.items()}


async def node_lists(connection: Connection, v: Json) -> Json:
    tenant, ids = v["organization"], [v["user"], v["worker"]]
    kinds = {str(row["id"]): row["kind"] for row in await connection.fetch(KINDS, tenant, ids)}
    user = await connection.fetchrow(NODES[kinds[v["user"]]], tenant, [v["user"]])
    posts = await connection.fetch(POSTS, tenant, v["user"])
    worker = await connection.fetchrow(NODES[kinds[v["worker"]]], tenant, [v["worker"]])
    tasks = await connection.fetch(TASKS, tenant, v["worker"])
    shown = {"__typename": "User", "id": user["id"], "name": user["name"], "posts": {"nodes": list(map(dict, posts))}}
    other = {"__typename": "Worker", **worker, "tasks": {"nodes": list(map(dict, tasks))}}
    return {"a": shown, "b": other}


async def roots(connection: Connection, v: Json) -> Json:
    ids = [v[f"id{index}"] for index in range(COUNT)]
    rows = {str(row["id"]): dict(row) for row in await connection.fetch(ROOTS, v["organization"], ids)}
    return {f"t{index}": rows.get(id) for index, id in enumerate(ids)}


async def roots_lists(connection: Connection, v: Json) -> Json:
    ids = [v[f"id{index}"] for index in range(COUNT)]
    groups: dict[str, list[Json]] = {}
    for row in await connection.fetch(ROOT_LISTS, v["organization"], list(set(ids)), v["first"]):
        groups.setdefault(str(row["assignee_id"]), []).append({"id": row["id"], "title": row["title"]})
    return {f"t{index}": {"nodes": groups.get(id, [])} for index, id in enumerate(ids)}


RECORDS: dict[str, Handler] = {
    "task": task,
    "task_detail": task_detail,
    "node": node,
    "node_lists": node_lists,
    "roots": roots,
    "roots_lists": roots_lists,
}
