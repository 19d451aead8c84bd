"""Hand-written handlers: one statement per operation builds the response, as a role that sees every row."""

from collections.abc import Callable
from typing import Any

import orjson

from tests.bench.contenders.pool import Json, Pool, application

PAGE = """FROM (SELECT * FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2) t
LEFT JOIN workers w ON w.organization_id = $1 AND w.id = t.assignee_id
LEFT JOIN categories c ON c.organization_id = $1 AND c.id = t.category_id"""

SQL = {
    "task": """SELECT json_build_object('data', json_build_object('task', (
SELECT json_build_object('id', id, 'title', title, 'status', status) FROM tasks
WHERE organization_id = $1 AND id = $2)))::text""",
    "board": f"""SELECT json_build_object('data', json_build_object('tasks', json_build_object('nodes',
coalesce(json_agg(json_build_object('id', t.id, 'title', t.title, 'status', t.status, 'priority', t.priority,
'dueAt', t.due_at, 'createdAt', t.created_at,
'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('id', w.id, 'name', w.name) END,
'category', CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'name', c.name) END,
'creator', json_build_object('id', u.id, 'name', u.name,
 'organization', json_build_object('id', o.id, 'name', o.name)))
ORDER BY t.created_at DESC, t.id DESC), '[]'))))::text
{PAGE} LEFT JOIN users u ON u.organization_id = $1 AND u.id = t.creator_id
LEFT JOIN organizations o ON o.id = u.organization_id""",
    "nested": """SELECT json_build_object('data', json_build_object('users', json_build_object('nodes',
coalesce(json_agg(json_build_object('id', u.id, 'name', u.name,
'posts', json_build_object('nodes', p.j)) ORDER BY u.id), '[]'))))::text
FROM (SELECT id, name FROM users WHERE organization_id = $1 ORDER BY id LIMIT $2) u
CROSS JOIN LATERAL (SELECT coalesce(json_agg(json_build_object('id', p.id, 'title', p.title,
 'comments', json_build_object('nodes', c.j)) ORDER BY p.id), '[]') j
 FROM (SELECT id, title FROM posts WHERE organization_id = $1 AND author_id = u.id ORDER BY id LIMIT $3) p
 CROSS JOIN LATERAL (SELECT coalesce(json_agg(json_build_object('id', c.id, 'body', c.body,
  'author', json_build_object('id', a.id, 'name', a.name)) ORDER BY c.id), '[]') j
  FROM (SELECT id, body, author_id FROM comments WHERE organization_id = $1 AND post_id = p.id
   ORDER BY id LIMIT $4) c
  JOIN users a ON a.organization_id = $1 AND a.id = c.author_id) c) p""",
    "list": f"""SELECT json_build_object('data', json_build_object('tasks', json_build_object('nodes',
coalesce(json_agg(json_build_object('id', t.id, 'title', t.title, 'description', t.description, 'status', t.status,
'priority', t.priority, 'dueAt', t.due_at, 'completedAt', t.completed_at, 'createdAt', t.created_at,
'updatedAt', t.updated_at,
'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('name', w.name) END,
'category', CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END)
ORDER BY t.created_at DESC, t.id DESC), '[]'))))::text {PAGE}""",
    "create": """WITH t AS (INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id,
category_id, creator_id) VALUES ($1, uuidv7(), $2, $3, 'OPEN', $4, $5, $6, $7) RETURNING id, title, assignee_id)
SELECT json_build_object('data', json_build_object('createTask', json_build_object('task', json_build_object(
'id', t.id, 'title', t.title, 'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('name', w.name)
END))))::text FROM t LEFT JOIN workers w ON w.organization_id = $1 AND w.id = t.assignee_id""",
    "task_detail": """SELECT json_build_object('data', json_build_object('task', (
SELECT json_build_object('id', t.id, 'title', t.title, 'description', t.description, 'status', t.status,
'priority', t.priority, 'dueAt', t.due_at,
'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('name', w.name) END,
'category', CASE WHEN c.id IS NOT NULL THEN json_build_object('name', c.name) END,
'creator', json_build_object('name', u.name)) FROM tasks t
LEFT JOIN workers w ON w.organization_id = $1 AND w.id = t.assignee_id
LEFT JOIN categories c ON c.organization_id = $1 AND c.id = t.category_id
LEFT JOIN users u ON u.organization_id = $1 AND u.id = t.creator_id
WHERE t.organization_id = $1 AND t.id = $2)))::text""",
    "relations": f"""SELECT json_build_object('data', json_build_object('tasks', json_build_object('nodes',
coalesce(json_agg(json_build_object('id', t.id, 'title', t.title,
'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('id', w.id, 'name', w.name) END,
'category', CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'name', c.name) END,
'creator', json_build_object('id', u.id, 'name', u.name),
'completedBy', CASE WHEN d.id IS NOT NULL THEN json_build_object('id', d.id, 'name', d.name) END,
'parent', CASE WHEN p.id IS NOT NULL THEN json_build_object('id', p.id, 'title', p.title) END)
ORDER BY t.created_at DESC, t.id DESC), '[]'))))::text
{PAGE} LEFT JOIN users u ON u.organization_id = $1 AND u.id = t.creator_id
LEFT JOIN users d ON d.organization_id = $1 AND d.id = t.completed_by_id
LEFT JOIN tasks p ON p.organization_id = $1 AND p.id = t.parent_id""",
    "filters": """WITH found AS MATERIALIZED (SELECT t.id, t.title, t.status, t.created_at, c.name FROM tasks t
LEFT JOIN categories c ON c.organization_id = $1 AND c.id = t.category_id
WHERE t.organization_id = $1 AND EXISTS (SELECT FROM comments m
 WHERE m.organization_id = $1 AND m.task_id = t.id AND m.author_id = $2)),
page AS (SELECT * FROM found ORDER BY name, created_at DESC, id DESC LIMIT $3)
SELECT json_build_object('data', json_build_object('tasks', json_build_object(
'totalCount', (SELECT count(*) FROM found), 'nodes', (SELECT coalesce(json_agg(json_build_object('id', id,
'title', title, 'status', status, 'category', CASE WHEN name IS NOT NULL THEN json_build_object('name', name) END)
ORDER BY name, created_at DESC, id DESC), '[]') FROM page))))::text""",
    "update": """WITH t AS (UPDATE tasks SET title = $3, priority = $4, version = version + 1, updated_at = now()
WHERE organization_id = $1 AND id = $2 RETURNING id, title, priority, assignee_id)
SELECT json_build_object('data', json_build_object('updateTask', json_build_object('task', json_build_object(
'id', t.id, 'title', t.title, 'priority', t.priority,
'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('name', w.name) END))))::text
FROM t LEFT JOIN workers w ON w.organization_id = $1 AND w.id = t.assignee_id""",
    "bulk": """WITH t AS (INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id,
category_id, creator_id) SELECT $1, uuidv7(), given.title, given.description, 'OPEN', given.priority,
 given."assigneeId", given."categoryId", $2 FROM json_to_recordset($3::text::json)
 AS given(title text, description text, priority smallint, "assigneeId" uuid, "categoryId" uuid)
RETURNING id, title, assignee_id)
SELECT json_build_object('data', json_build_object('createTasks', json_build_object('results', json_agg(
json_build_object('task', json_build_object('id', t.id, 'title', t.title,
'assignee', CASE WHEN w.id IS NOT NULL THEN json_build_object('name', w.name) END)) ORDER BY t.id))))::text
FROM t LEFT JOIN workers w ON w.organization_id = $1 AND w.id = t.assignee_id""",
}
CREATED = ("organizationId", "title", "description", "priority", "assigneeId", "categoryId", "creatorId")
ARGUMENTS: dict[str, Callable[[Json], tuple[Any, ...]]] = {
    "task": lambda v: (v["organization"], v["id"]),
    "board": lambda v: (v["organization"], v["first"]),
    "nested": lambda v: (v["organization"], v["users"], v["posts"], v["comments"]),
    "list": lambda v: (v["organization"], v["first"]),
    "create": lambda v: tuple(v["input"][name] for name in CREATED),
    "task_detail": lambda v: (v["organization"], v["id"]),
    "relations": lambda v: (v["organization"], v["first"]),
    "filters": lambda v: (v["organization"], v["author"], v["first"]),
    "update": lambda v: (v["organization"], v["id"], v["title"], v["priority"]),
    "bulk": lambda v: (v["organization"], v["user"], orjson.dumps(v["inputs"]).decode()),
}
OPERATIONS = set(SQL)


async def answer(pool: Pool, operation: str, variables: Json) -> bytes:
    text: str = await pool.fetchval(SQL[operation], *ARGUMENTS[operation](variables))
    return text.encode()


app = application(answer)
