// Loaders: one statement per batch and relation. A batch belongs to one request, and therefore to one organization.
import { COLUMNS, rows } from "./database.mjs";

const opts = { cache: false };

const byId = (table, key) => ({
  loader: async (queries) => {
    const ids = [...new Set(queries.map(({ obj }) => obj[key]).filter(Boolean))];
    const text = `SELECT ${COLUMNS[table]} FROM ${table} WHERE organization_id = $1 AND id = ANY($2)`;
    const found = await rows(`${table} by id`, text, [queries[0].obj.organization_id, ids]);
    const known = new Map(found.map((row) => [row.id, row]));
    return queries.map(({ obj }) => known.get(obj[key]));
  },
  opts,
});
const organization = {
  loader: async (queries) => {
    const ids = [...new Set(queries.map(({ obj }) => obj.organization_id))];
    const found = await rows("organizations", "SELECT id, name FROM organizations WHERE id = ANY($1)", [ids]);
    const names = new Map(found.map((row) => [row.id, row]));
    return queries.map(({ obj }) => names.get(obj.organization_id));
  },
  opts,
};
// pages of the children of each parent; `column` is compared with the argument of the same name as `argument`
const children = (table, key, { order = "id", column = "", argument = "" } = {}) => ({
  loader: async (queries) => {
    const text = `SELECT page.* FROM unnest($2::uuid[]) AS parent CROSS JOIN LATERAL (
      SELECT ${COLUMNS[table]} FROM ${table} WHERE organization_id = $1 AND ${key} = parent
      ${column && `AND ${column} = $4`} ORDER BY ${order} LIMIT $3) AS page`;
    const [{ obj, params }] = queries;
    const parents = queries.map((query) => query.obj.id);
    const values = [obj.organization_id, [...new Set(parents)], params.first, ...(argument ? [params[argument]] : [])];
    const pages = new Map(parents.map((id) => [id, { nodes: [] }]));
    for (const row of await rows(`${table} by ${key} ${order} ${column}`, text, values)) pages.get(row[key]).nodes.push(row);
    return parents.map((id) => pages.get(id));
  },
  opts,
});

const NEWEST = { order: "created_at DESC, id DESC" };
export const loaders = {
  Task: {
    assignee: byId("workers", "assignee_id"),
    category: byId("categories", "category_id"),
    creator: byId("users", "creator_id"),
    completedBy: byId("users", "completed_by_id"),
    parent: byId("tasks", "parent_id"),
    subtasks: children("tasks", "parent_id", { order: "title, id" }),
    comments: children("comments", "task_id"),
    newestComments: children("comments", "task_id", NEWEST),
  },
  Category: {
    tasks: children("tasks", "category_id"),
    newestTasks: children("tasks", "category_id", { ...NEWEST, column: "status", argument: "status" }),
  },
  Worker: {
    tasks: children("tasks", "assignee_id"),
    urgentTasks: children("tasks", "assignee_id", { column: "priority", argument: "priority" }),
  },
  User: {
    organization,
    posts: children("posts", "author_id"),
    postsByTitle: children("posts", "author_id", { order: "title, id" }),
  },
  Post: { author: byId("users", "author_id"), comments: children("comments", "post_id") },
  Comment: { author: byId("users", "author_id") },
  Transfer: {
    fromAccount: byId("accounts", "from_account_id"),
    toAccount: byId("accounts", "to_account_id"),
    createdBy: byId("users", "created_by_id"),
  },
  Entry: { account: byId("accounts", "account_id"), transfer: byId("transfers", "transfer_id") },
};
