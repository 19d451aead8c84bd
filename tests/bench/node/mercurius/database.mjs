// Connection pool, and the columns of each table.
import pg from "pg";

export const pool = new pg.Pool({ max: 10, min: 10 });
export const rows = async (name, text, values, on = pool) => (await on.query({ name, text, values })).rows;
export const page = async (...query) => ({ nodes: await rows(...query) });

export const COLUMNS = {
  tasks: `organization_id, id, title, description, status, priority, due_at AS "dueAt", completed_at AS "completedAt",
    created_at AS "createdAt", updated_at AS "updatedAt", assignee_id, category_id, creator_id, completed_by_id, parent_id`,
  users: "organization_id, id, name, role",
  workers: "organization_id, id, name",
  categories: "organization_id, id, name",
  posts: `organization_id, id, title, published_at AS "publishedAt", author_id`,
  comments: `organization_id, id, body, created_at AS "createdAt", version, author_id, post_id, task_id`,
  accounts: "organization_id, id, name",
  transfers: "organization_id, id, memo, from_account_id, to_account_id, created_by_id",
  entries: `organization_id, id, created_at AS "createdAt", account_id, transfer_id`,
};
export const qualified = (table, alias) =>
  COLUMNS[table].replace(/(^|,\s*)(\w+)/g, (_, before, column) => `${before}${alias}.${column}`);

// a transaction for writes, and for the search function, which requires one
export async function transaction(work, begin = "BEGIN") {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
