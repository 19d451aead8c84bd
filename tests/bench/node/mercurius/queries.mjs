// Root fields that read.
import { COLUMNS, page, qualified, rows, transaction } from "./database.mjs";

const NEWEST = "created_at DESC, id DESC";
const list = (name, table, order = "id") => (_, a) =>
  page(name, `SELECT ${COLUMNS[table]} FROM ${table} WHERE organization_id = $1 ORDER BY ${order} LIMIT $2`, [
    a.organizationId,
    a.first,
  ]);

const COMMENTED = `FROM tasks t LEFT JOIN categories c ON c.organization_id = t.organization_id AND c.id = t.category_id
  WHERE t.organization_id = $1 AND EXISTS (
    SELECT FROM comments m WHERE m.organization_id = $1 AND m.task_id = t.id AND m.author_id = $2)`;
const LABELLED = `FROM tasks t LEFT JOIN workers w ON w.organization_id = t.organization_id AND w.id = t.assignee_id
  WHERE t.organization_id = $1 AND t.status = $3 AND EXISTS (
    SELECT FROM task_labels k JOIN labels l ON l.organization_id = $1 AND l.id = k.label_id
    WHERE k.organization_id = $1 AND k.task_id = t.id AND l.name = $2)`;
const TYPES = { tasks: "Task", posts: "Post", users: "User", workers: "Worker", comments: "Comment" };
const KINDS = ["tasks", "posts", "users", "workers"]
  .map((table) => `SELECT '${table}' AS kind FROM ${table} WHERE organization_id = $1 AND id = $2`)
  .join(" UNION ALL ");

const byId = async (table, organization, id) =>
  (await rows(`one of ${table}`, `SELECT ${COLUMNS[table]} FROM ${table} WHERE organization_id = $1 AND id = $2`, [organization, id]))[0];

async function node(_, { organizationId, id }) {
  const [found] = await rows("kind", KINDS, [organizationId, id]);
  return found ? { __typename: TYPES[found.kind], ...(await byId(found.kind, organizationId, id)) } : null;
}

async function counted(name, selection, order, values, first) {
  const limit = `$${values.length + 1}`;
  const [nodes, [{ count }]] = await Promise.all([
    rows(name, `SELECT ${qualified("tasks", "t")} ${selection} ORDER BY ${order} LIMIT ${limit}`, [...values, first]),
    rows(`${name} count`, `SELECT count(*)::int ${selection}`, values),
  ]);
  return { nodes, totalCount: count };
}

// the function finds rows of the organization that is set in its transaction
const searched = (organization, work) => transaction(work, `BEGIN READ ONLY; SET LOCAL app.org = '${organization}'`);
const MATCHES = `SELECT kind, id FROM find_texts(to_tsquery('simple', $1), $2::text[], $3::int, NULL, NULL, NULL)
  ORDER BY rank DESC, id DESC, kind DESC`;
const FOUND = { TASK: "tasks", POST: "posts", COMMENT: "comments", WORKER: "workers" };
const WORDS = (query) => `${query.replace(/[^\p{L}\p{N}]/gu, "")}:*`;

async function records(client, organization, matches) {
  const found = new Map();
  for (const kind of new Set(matches.map((match) => match.kind))) {
    const table = FOUND[kind];
    const ids = matches.filter((match) => match.kind === kind).map((match) => match.id);
    const text = `SELECT ${COLUMNS[table]} FROM ${table} WHERE organization_id = $1 AND id = ANY($2)`;
    for (const row of await rows(`${table} found`, text, [organization, ids], client)) {
      found.set(row.id, { __typename: TYPES[table], ...row });
    }
  }
  return matches.map((match) => found.get(match.id)).filter(Boolean);
}

export const Query = {
  node,
  task: (_, a) => byId("tasks", a.organizationId, a.id),
  tasks: list("tasks", "tasks", NEWEST),
  tasksOf: (_, a) =>
    page(
      "tasks of",
      `SELECT ${COLUMNS.tasks} FROM tasks WHERE organization_id = $1 AND assignee_id = $2 ORDER BY id LIMIT $3`,
      [a.organizationId, a.assigneeId, a.first],
    ),
  tasksCommentedBy: (_, a) =>
    counted("commented", COMMENTED, "c.name, t.created_at DESC, t.id DESC", [a.organizationId, a.author], a.first),
  tasksLabelled: (_, a) => counted("labelled", LABELLED, "w.name, t.id", [a.organizationId, a.label, a.status], a.first),
  users: list("users", "users"),
  workers: list("workers", "workers"),
  workersByName: list("workers by name", "workers", "name, id"),
  categories: list("categories", "categories", "name, id"),
  posts: list("posts", "posts"),
  comments: list("comments", "comments"),
  entries: list("entries", "entries"),
  search: (_, a) =>
    searched(a.organizationId, async (client) => {
      const matches = await rows("matches", MATCHES, [WORDS(a.query), Object.keys(FOUND), a.first], client);
      return { nodes: await records(client, a.organizationId, matches) };
    }),
  searchTasks: (_, a) =>
    searched(a.organizationId, async (client) => {
      const matches = await rows("matches", MATCHES, [WORDS(a.query), ["TASK"], a.first], client);
      const text = "SELECT count(*)::int FROM find_texts(to_tsquery('simple', $1), $2::text[], NULL, NULL, NULL, NULL)";
      const [{ count }] = await rows("match count", text, [WORDS(a.query), ["TASK"]], client);
      return { nodes: await records(client, a.organizationId, matches), totalCount: count };
    }),
};
