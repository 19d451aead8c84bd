"""Filters over relations with a total count, and the search."""

from typing import Any

from tests.bench.contenders.by_hand.rows import WORKERS, Connection, Handler, names
from tests.bench.contenders.pool import Json

COMMENTED = """FROM tasks t LEFT JOIN categories c ON c.organization_id = t.organization_id AND c.id = t.category_id
WHERE t.organization_id = $1 AND EXISTS (SELECT FROM comments m
WHERE m.organization_id = $1 AND m.task_id = t.id AND m.author_id = $2)"""
COMMENTED_PAGE = f"""SELECT t.id, t.title, t.status, c.name AS category {COMMENTED}
ORDER BY c.name, t.created_at DESC, t.id DESC LIMIT $3"""
COMMENTED_COUNT = f"SELECT count(*) {COMMENTED}"
LABELED = """FROM tasks t LEFT JOIN workers w ON w.organization_id = t.organization_id AND w.id = t.assignee_id
WHERE t.organization_id = $1 AND t.status = $3 AND EXISTS (SELECT FROM task_labels k
JOIN labels l ON l.organization_id = $1 AND l.id = k.label_id
WHERE k.organization_id = $1 AND k.task_id = t.id AND l.name = $2)"""
LABELED_PAGE = f"""SELECT t.id, t.title, t.priority, w.name AS assignee {LABELED}
ORDER BY w.name, t.id LIMIT $4"""
LABELED_COUNT = f"SELECT count(*) {LABELED}"
MATCHES = """SELECT kind, id FROM find_texts(to_tsquery('simple', $1), $2::text[], $3::int, NULL, NULL, NULL)
ORDER BY rank DESC, id DESC, kind DESC"""
MATCH_COUNT = "SELECT count(*) FROM find_texts(to_tsquery('simple', $1), $2::text[], NULL, NULL, NULL, NULL)"
FOUND = {
    "TASK": ("Task", "SELECT id, title, status FROM tasks WHERE organization_id = $1 AND id = ANY($2)"),
    "POST": ("Post", "SELECT id, title FROM posts WHERE organization_id = $1 AND id = ANY($2)"),
    "COMMENT": ("Comment", "SELECT id, body FROM comments WHERE organization_id = $1 AND id = ANY($2)"),
    "WORKER": ("Worker", WORKERS),
}
TASKS = "SELECT id, title, assignee_id FROM tasks WHERE organization_id = $1 AND id = ANY($2)"


def _name(name: str | None) -> Json | None:
    return None if name is None else {"name": name}


async def filters(connection: Connection, v: Json) -> Json:
    rows = await connection.fetch(COMMENTED_PAGE, v["organization"], v["author"], v["first"])
    count = await connection.fetchval(COMMENTED_COUNT, v["organization"], v["author"])
    nodes = [
        {"id": row["id"], "title": row["title"], "status": row["status"], "category": _name(row["category"])}
        for row in rows
    ]
    return {"tasks": {"totalCount": count, "nodes": nodes}}


async def filters_labels(connection: Connection, v: Json) -> Json:
    given = v["organization"], v["label"], v["status"]
    rows = await connection.fetch(LABELED_PAGE, *given, v["first"])
    count = await connection.fetchval(LABELED_COUNT, *given)
    nodes = [
        {"id": row["id"], "title": row["title"], "priority": row["priority"], "assignee": _name(row["assignee"])}
        for row in rows
    ]
    return {"tasks": {"totalCount": count, "nodes": nodes}}


async def search(connection: Connection, v: Json) -> Json:
    matches = await connection.fetch(MATCHES, f"{v['query']}:*", list(FOUND), v["first"])
    ids: dict[str, list[Any]] = {}
    for row in matches:
        ids.setdefault(row["kind"], []).append(row["id"])
    shown: dict[Any, Json] = {}
    for kind, wanted in ids.items():
        name, sql = FOUND[kind]
        for row in await connection.fetch(sql, v["organization"], wanted):
            shown[row["id"]] = {"__typename": name, **row}
    return {"search": {"nodes": [shown[row["id"]] for row in matches if row["id"] in shown]}}


async def search_tasks(connection: Connection, v: Json) -> Json:
    words, tenant = f"{v['query']}:*", v["organization"]
    matches = await connection.fetch(MATCHES, words, ["TASK"], v["first"])
    count = await connection.fetchval(MATCH_COUNT, words, ["TASK"])
    rows = {row["id"]: row for row in await connection.fetch(TASKS, tenant, [row["id"] for row in matches])}
    workers = await names(connection, WORKERS, tenant, (row["assignee_id"] for row in rows.values()))
    found = (rows[match["id"]] for match in matches)
    nodes = [{"id": row["id"], "title": row["title"], "assignee": workers.get(row["assignee_id"])} for row in found]
    return {"search": {"totalCount": count, "nodes": nodes}}


FINDING: dict[str, Handler] = {
    "filters": filters,
    "filters_labels": filters_labels,
    "search": search,
    "search_tasks": search_tasks,
}
