// Root fields that write, each in a transaction.
import { COLUMNS, rows, transaction } from "./database.mjs";

const GIVEN = ["organizationId", "title", "description", "priority", "assigneeId", "categoryId", "creatorId"];
const CREATE = `INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id, category_id, creator_id)
  VALUES ($1, uuidv7(), $2, $3, 'OPEN', $4, $5, $6, $7) RETURNING ${COLUMNS.tasks}`;
const CREATE_ALL = `INSERT INTO tasks (organization_id, id, title, description, status, priority, assignee_id, category_id, creator_id)
  SELECT organization, uuidv7(), title, description, 'OPEN', priority, assignee, category, creator
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::uuid[], $6::uuid[], $7::uuid[])
    AS given(organization, title, description, priority, assignee, category, creator)
  RETURNING ${COLUMNS.tasks}`;
const UPDATE = `UPDATE tasks SET title = $3, priority = $4, version = version + 1, updated_at = now()
  WHERE organization_id = $1 AND id = $2 RETURNING ${COLUMNS.tasks}`;
const DESCRIBE = `UPDATE tasks SET description = $3, due_at = $4, version = version + 1, updated_at = now()
  WHERE organization_id = $1 AND id = $2 RETURNING ${COLUMNS.tasks}`;
const COMMENT = `INSERT INTO comments (organization_id, id, author_id, task_id, body)
  VALUES ($1, uuidv7(), $2, $3, $4) RETURNING ${COLUMNS.comments}`;

const one = async (name, text, values) => (await transaction((client) => rows(name, text, values, client)))[0];
const remove = (table) => async (_, a) => {
  const text = `DELETE FROM ${table} WHERE organization_id = $1 AND id = $2 RETURNING id`;
  return { deletedId: (await one(`delete of ${table}`, text, [a.organizationId, a.id]))?.id };
};

export const Mutation = {
  createTask: async (_, { input }) => ({ task: await one("create", CREATE, GIVEN.map((name) => input[name])) }),
  createTasks: async (_, { inputs }) => {
    const columns = GIVEN.map((name) => inputs.map((input) => input[name] ?? null));
    const tasks = await transaction((client) => rows("create all", CREATE_ALL, columns, client));
    return { results: tasks.map((task) => ({ task })) };
  },
  createComment: async (_, a) => ({
    comment: await one("comment", COMMENT, [a.organizationId, a.authorId, a.taskId, a.body]),
  }),
  updateTask: async (_, a) => ({ task: await one("update", UPDATE, [a.organizationId, a.id, a.title, a.priority]) }),
  describeTask: async (_, a) => ({
    task: await one("describe", DESCRIBE, [a.organizationId, a.id, a.description, a.dueAt]),
  }),
  deleteTask: remove("tasks"),
  deleteComment: remove("comments"),
};
