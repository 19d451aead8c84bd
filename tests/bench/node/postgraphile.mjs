// PostGraphile 5 with the Amber preset on node:http, as its documentation serves it. It connects as a superuser: no
// token, no row-level security, no transaction around a query.
import { createServer } from "node:http";
import { printSchema } from "graphql";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [, , port, print] = process.argv;
const server = postgraphile({
  extends: [PostGraphileAmberPreset],
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
