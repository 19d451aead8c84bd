// Fastify and mercurius with JIT and loaders, over hand-written SQL. It connects as a superuser: no token, no
// row-level security, no transaction around a query.
import Fastify from "fastify";
import mercurius from "mercurius";
import { loaders } from "./loaders.mjs";
import { Mutation } from "./mutations.mjs";
import { Query } from "./queries.mjs";
import { schema } from "./schema.mjs";

const resolvers = {
  Query,
  Mutation,
  Task: { headline: async (task) => `${task.title} (${task.status.toLowerCase()})` },
};
const app = Fastify({ logger: false });
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false, path: "/graphql" });
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
