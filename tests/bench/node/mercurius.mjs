// Fastify and mercurius with JIT and loaders, over SQL written by hand. It connects as a superuser: no token, no
// row-level security, no transaction around a query.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const pool = new pg.Pool({ max: 10, min: 10 });
const rows = async (name, text, values, on = pool) => (await on.query({ name, text, values })).rows;

const schema = `
scalar UUID
scalar DateTime
type Organization { id: UUID! name: String! }
type Worker { id: UUID! name: String! }
type Category { id: UUID! name: String! }
type Comment { id: UUID! body: String! author: User! }
type Comments { nodes: [Comment!]! }
type Post { id: UUID! title: String! comments(first: Int!): Comments! }
type Posts { nodes: [Post!]! }
type User { id: UUID! name: String! organization: Organization! posts(first: Int!): Posts! }
type Users { nodes: [User!]! }
type Task {
  id: UUID! title: String! description: String status: String! priority: Int!
  dueAt: DateTime completedAt: DateTime createdAt: DateTime! updatedAt: DateTime!
  assignee: Worker category: Category creator: User!
}
type Tasks { nodes: [Task!]! }
input CreateTaskInput {
  organizationId: UUID! creatorId: UUID! title: String! description: String priority: Int!
  assigneeId: UUID categoryId: UUID
}
type CreateTaskPayload { task: Task! }
type Query {
  task(organizationId: UUID!, id: UUID!): Task
  tasks(organizationId: UUID!, first: Int!): Tasks!
  users(organizationId: UUID!, first: Int!): Users!
}
type Mutation { createTask(input: CreateTaskInput!): CreateTaskPayload! }
`;

const TASK = `organization_id, id, title, description, status, priority, due_at AS "dueAt", completed_at AS "completedAt",
  created_at AS "createdAt", updated_at AS "updatedAt", assignee_id, category_id, creator_id`;
const page = async (...query) => ({ nodes: await rows(...query) });

const resolvers = {
  Query: {
    task: async (_, a) =>
      (await rows("task", `SELECT ${TASK} FROM tasks WHERE organization_id = $1 AND id = $2`, [a.organizationId, a.id]))[0],
    tasks: (_, a) =>
      page("tasks", `SELECT ${TASK} FROM tasks WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`, [
        a.organizationId,
        a.first,
      ]),
    users: (_, a) =>
      page("users", "SELECT organization_id, id, name FROM users WHERE organization_id = $1 ORDER BY id LIMIT $2", [
        a.organizationId,
        a.first,
      ]),
  },
  Mutation: { createTask: async (_, { input }) => ({ task: await create(input) }) },
};

async function create(input) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const [task] = await rows(
      "create",
      `INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id, category_id, creator_id)
       VALUES ($1, uuidv7(), $2, $3, 'OPEN', $4, $5, $6, $7) RETURNING ${TASK}`,
      ["organizationId", "title", "description", "priority", "assigneeId", "categoryId", "creatorId"].map((k) => input[k]),
      client,
    );
    await client.query("COMMIT");
    return task;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

// one statement per batch and relation; a batch belongs to one request, and so to one organization
const byId = (table, columns, key) => ({
  loader: async (queries) => {
    const ids = [...new Set(queries.map(({ obj }) => obj[key]).filter(Boolean))];
    const text = `SELECT ${columns} FROM ${table} WHERE organization_id = $1 AND id = ANY($2)`;
    const found = new Map((await rows(`${table} by id`, text, [queries[0].obj.organization_id, ids])).map((row) => [row.id, row]));
    return queries.map(({ obj }) => found.get(obj[key]));
  },
  opts: { cache: false },
});
const organization = {
  loader: async (queries) => {
    const ids = [...new Set(queries.map(({ obj }) => obj.organization_id))];
    const found = await rows("organizations", "SELECT id, name FROM organizations WHERE id = ANY($1)", [ids]);
    const names = new Map(found.map((row) => [row.id, row]));
    return queries.map(({ obj }) => names.get(obj.organization_id));
  },
  opts: { cache: false },
};
const children = (table, columns, key) => ({
  loader: async (queries) => {
    const text = `SELECT page.* FROM unnest($2::uuid[]) AS parent CROSS JOIN LATERAL (
      SELECT ${columns}, ${key} FROM ${table} WHERE organization_id = $1 AND ${key} = parent ORDER BY id LIMIT $3) AS page`;
    const parents = queries.map(({ obj }) => obj.id);
    const pages = new Map(parents.map((id) => [id, { nodes: [] }]));
    for (const row of await rows(`${table} of parents`, text, [queries[0].obj.organization_id, parents, queries[0].params.first])) {
      pages.get(row[key]).nodes.push(row);
    }
    return parents.map((id) => pages.get(id));
  },
  opts: { cache: false },
});

const loaders = {
  Task: {
    assignee: byId("workers", "id, name", "assignee_id"),
    category: byId("categories", "id, name", "category_id"),
    creator: byId("users", "organization_id, id, name", "creator_id"),
  },
  User: { organization, posts: children("posts", "organization_id, id, title", "author_id") },
  Post: { comments: children("comments", "organization_id, id, body, author_id", "post_id") },
  Comment: { author: byId("users", "organization_id, id, name", "author_id") },
};

const app = Fastify({ logger: false });
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false, path: "/graphql" });
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
