// PostGraphile 5 with the Amber preset on node:http, as its documentation serves it. It connects as a superuser: no
// token, no row-level security, no transaction around a query. Filters over relations and orders by them are written
// with the helpers that its documentation has for them.
import { createServer } from "node:http";
import { printSchema } from "graphql";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { TYPES } from "postgraphile/@dataplan/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { addPgTableCondition, addPgTableOrderBy, orderByAscDesc } from "postgraphile/utils";

const table = (tableName) => ({ schemaName: "public", tableName });
const tasks = table("tasks");
const condition = (name, type, codec, exists) =>
  addPgTableCondition(
    tasks,
    name,
    (build) => ({ type: build.getTypeByName(type) }),
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) => exists(sql, sqlTableAlias, sqlValueWithCodec(value, codec)),
  );
const related = (name, table, key) =>
  addPgTableOrderBy(tasks, (build) => {
    const { sql } = build;
    return orderByAscDesc(name, (select) => {
      const row = sql.identifier(Symbol(table));
      return {
        fragment: sql`(SELECT ${row}.name FROM ${sql.identifier("public", table)} AS ${row}
          WHERE ${row}.organization_id = ${select.alias}.organization_id AND ${row}.id = ${select.alias}.${sql.identifier(key)})`,
        codec: TYPES.text,
        nullable: true,
      };
    });
  });

const [, , port, print] = process.argv;
const server = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [
    condition("commentedBy", "UUID", TYPES.uuid, (sql, task, author) => sql`EXISTS (SELECT FROM public.comments AS m
      WHERE m.organization_id = ${task}.organization_id AND m.task_id = ${task}.id AND m.author_id = ${author})`),
    condition("labelled", "String", TYPES.text, (sql, task, label) => sql`EXISTS (SELECT FROM public.task_labels AS k
      JOIN public.labels AS l ON l.organization_id = k.organization_id AND l.id = k.label_id
      WHERE k.organization_id = ${task}.organization_id AND k.task_id = ${task}.id AND l.name = ${label})`),
    // columns without an index of their own, which the preset leaves out
    condition("priority", "Int", TYPES.int, (sql, task, priority) => sql`${task}.priority = ${priority}`),
    addPgTableOrderBy(tasks, () => orderByAscDesc("TITLE", "title")),
    addPgTableOrderBy(table("posts"), () => orderByAscDesc("TITLE", "title")),
    addPgTableOrderBy(table("comments"), () => orderByAscDesc("CREATED_AT", "created_at")),
    related("CATEGORY_NAME", "categories", "category_id"),
    related("ASSIGNEE_NAME", "workers", "assignee_id"),
  ],
  pgServices: [
    makePgService({ poolConfig: { max: 10, min: 10 }, schemas: ["public"] }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, websockets: false },
  grafast: { explain: false },
});

if (print) {
  console.log(printSchema(await server.getSchema()));
  process.exit(0);
}
const http = createServer();
http.on("error", console.error);
await server.createServ(grafserv).addTo(http);
http.listen(Number(port), "127.0.0.1");
