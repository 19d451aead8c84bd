"""Lists of rows with their to-one relations."""

from tests.bench.contenders.by_hand.rows import CATEGORIES, USERS, WORKERS, Connection, Handler, found, names
from tests.bench.contenders.pool import Json

BOARD = """SELECT id, title, status, priority, due_at, created_at, assignee_id, category_id, creator_id
FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"""
LIST = """SELECT id, title, description, status, priority, due_at, completed_at, created_at, updated_at,
assignee_id, category_id FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"""
TITLES = """SELECT id, title, status FROM tasks WHERE organization_id = $1
ORDER BY created_at DESC, id DESC LIMIT $2"""
CREATORS = "SELECT id, name, organization_id FROM users WHERE organization_id = $1 AND id = ANY($2)"
ORGANIZATIONS = "SELECT id, name FROM organizations WHERE id = ANY($1)"
POSTS = "SELECT id, title, published_at, author_id FROM posts WHERE organization_id = $1 ORDER BY id LIMIT $2"
COMMENTS = """SELECT id, body, created_at, version, author_id FROM comments WHERE organization_id = $1
ORDER BY id LIMIT $2"""
RELATIONS = """SELECT id, title, assignee_id, category_id, creator_id, completed_by_id, parent_id
FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"""
PARENTS = "SELECT id, title FROM tasks WHERE organization_id = $1 AND id = ANY($2)"
ENTRIES = """SELECT id, created_at, account_id, transfer_id FROM entries WHERE organization_id = $1
ORDER BY id LIMIT $2"""
TRANSFERS = """SELECT id, memo, from_account_id, to_account_id, created_by_id FROM transfers
WHERE organization_id = $1 AND id = ANY($2)"""
ACCOUNTS = "SELECT id, name FROM accounts WHERE organization_id = $1 AND id = ANY($2)"


async def with_organizations(connection: Connection, users: dict[object, Json]) -> dict[object, Json]:
    """Replace the organization's id by the organization in each user."""
    ids = list({user["organization_id"] for user in users.values()})
    organizations = {row["id"]: dict(row) for row in await connection.fetch(ORGANIZATIONS, ids)}
    for user in users.values():
        user["organization"] = organizations[user.pop("organization_id")]
    return users


async def board(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(BOARD, tenant, v["first"])
    workers = await found(connection, WORKERS, tenant, (row["assignee_id"] for row in rows))
    categories = await found(connection, CATEGORIES, tenant, (row["category_id"] for row in rows))
    creators = await found(connection, CREATORS, tenant, (row["creator_id"] for row in rows))
    users = await with_organizations(connection, creators)
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


async def board_posts(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(POSTS, tenant, v["first"])
    authors = await found(connection, CREATORS, tenant, (row["author_id"] for row in rows))
    users = await with_organizations(connection, authors)
    for user in users.values():
        user["organization"] = {"name": user["organization"]["name"]}
    nodes = [
        {
            "id": row["id"],
            "title": row["title"],
            "publishedAt": row["published_at"],
            "author": users.get(row["author_id"]),
        }
        for row in rows
    ]
    return {"posts": {"nodes": nodes}}


async def list_comments(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(COMMENTS, tenant, v["first"])
    authors = await names(connection, USERS, tenant, {row["author_id"] for row in rows})
    nodes = [
        {
            "id": row["id"],
            "body": row["body"],
            "createdAt": row["created_at"],
            "version": row["version"],
            "author": authors.get(row["author_id"]),
        }
        for row in rows
    ]
    return {"comments": {"nodes": nodes}}


async def relations(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(RELATIONS, tenant, v["first"])
    workers = await found(connection, WORKERS, tenant, (row["assignee_id"] for row in rows))
    categories = await found(connection, CATEGORIES, tenant, (row["category_id"] for row in rows))
    people = (row[key] for row in rows for key in ("creator_id", "completed_by_id"))
    users = await found(connection, USERS, tenant, people)
    parents = await found(connection, PARENTS, tenant, (row["parent_id"] for row in rows))
    nodes = [
        {
            "id": row["id"],
            "title": row["title"],
            "assignee": workers.get(row["assignee_id"]),
            "category": categories.get(row["category_id"]),
            "creator": users.get(row["creator_id"]),
            "completedBy": users.get(row["completed_by_id"]),
            "parent": parents.get(row["parent_id"]),
        }
        for row in rows
    ]
    return {"tasks": {"nodes": nodes}}


async def relations_entries(connection: Connection, v: Json) -> Json:
    tenant = v["organization"]
    rows = await connection.fetch(ENTRIES, tenant, v["first"])
    transfers = await found(connection, TRANSFERS, tenant, (row["transfer_id"] for row in rows))
    ends = (row[key] for row in transfers.values() for key in ("from_account_id", "to_account_id"))
    accounts = await found(connection, ACCOUNTS, tenant, {*ends, *(row["account_id"] for row in rows)})
    users = await names(connection, USERS, tenant, (row["created_by_id"] for row in transfers.values()))
    called = {id: {"name": account["name"]} for id, account in accounts.items()}
    shown = {
        id: {
            "id": id,
            "memo": row["memo"],
            "fromAccount": called.get(row["from_account_id"]),
            "toAccount": called.get(row["to_account_id"]),
            "createdBy": users.get(row["created_by_id"]),
        }
        for id, row in transfers.items()
    }
    nodes = [
        {
            "id": row["id"],
            "createdAt": row["created_at"],
            "account": accounts.get(row["account_id"]),
            "transfer": shown.get(row["transfer_id"]),
        }
        for row in rows
    ]
    return {"entries": {"nodes": nodes}}


async def resolver(connection: Connection, v: Json) -> Json:
    rows = await connection.fetch(TITLES, v["organization"], v["first"])
    nodes = [{"id": row["id"], "title": row["title"], "headline": headline(row)} for row in rows]
    return {"tasks": {"nodes": nodes}}


async def resolver_board(connection: Connection, v: Json) -> Json:
    data = await board(connection, v)
    shown = []
    for node in data["tasks"]["nodes"]:
        relations = {name: node.pop(name) for name in ("assignee", "category", "creator")}
        shown.append({**node, "headline": headline(node), **relations})
    return {"tasks": {"nodes": shown}}


def headline(task: Json) -> str:
    """Return the value of the hand-written resolver."""
    return f"{task['title']} ({task['status'].lower()})"


LISTS: dict[str, Handler] = {
    "board": board,
    "board_posts": board_posts,
    "list": long_list,
    "list_comments": list_comments,
    "relations": relations,
    "relations_entries": relations_entries,
    "resolver": resolver,
    "resolver_board": resolver_board,
}
