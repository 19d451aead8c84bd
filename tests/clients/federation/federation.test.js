// Workline as a subgraph: composition by two libraries, and Apollo's gateway in front of it and another subgraph.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { composeServices } from '@apollo/composition';
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { composeServices as composeByTheGuild } from '@theguild/federation-composition';
import { gql } from '@apollo/client';
import { parse } from 'graphql';
import { LOG_IN, OWNER } from '../support/asking.js';
import { run } from '../support/commands.js';
import { project, python } from '../support/places.js';
import { startServer } from '../support/server.js';

/** Subgraph of another team: it rates tasks and workers, and recommends tasks by their ids alone. */
const RATINGS = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { recommended(ids: [ID!]!): [Task!]! favorites(ids: [ID!]!): RatingConnection! }
  type RatingConnection { nodes: [Worker!]! pageInfo: PageInfo! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Task @key(fields: "id") { id: ID! stars: Int! }
  type Worker @key(fields: "id") { id: ID! stars: Int! }
`;
const starsOf = ({ id }) => id.length;
const resolvers = {
  Query: {
    recommended: (_, { ids }) => ids.map((id) => ({ __typename: 'Task', id })),
    favorites: (_, { ids }) => ({
      nodes: ids.map((id) => ({ __typename: 'Worker', id })),
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    }),
  },
  Task: { stars: starsOf },
  Worker: { stars: starsOf },
};

let server;
let token;
let gateway;
let executor;
/** Documents that the gateway has sent to Workline. */
const sent = [];

async function send(query, variables = {}) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const body = JSON.stringify({ query, variables });
  const answer = await (await fetch(server.url, { method: 'POST', headers, body })).json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

class Workline extends RemoteGraphQLDataSource {
  willSendRequest({ request }) {
    request.http.headers.set('authorization', `Bearer ${token}`);
    sent.push(request);
  }
}

/** Execute an operation by the gateway. */
async function ask(query, variables = {}) {
  const request = { query, variables };
  const { data, errors } = await executor({
    document: parse(query),
    request,
    queryHash: query,
    context: {},
    cache: new Map(),
    schema: gateway.schema,
    operationName: null,
    operation: parse(query).definitions[0],
    metrics: {},
    overallCachePolicy: {},
  });
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const subgraphs = async () => {
  const { _service: service } = await send('{ _service { sdl } }');
  return [
    { name: 'workline', url: server.url, typeDefs: parse(service.sdl) },
    { name: 'ratings', url: 'http://ratings.example', typeDefs: parse(RATINGS) },
  ];
};

before(async () => {
  server = await startServer({ WORKLINE_FEDERATION: 'true' });
  const { supergraphSdl, errors } = composeServices(await subgraphs());
  assert.equal(errors, undefined, errors?.map((each) => each.message).join('\n'));
  token = (await send(LOG_IN, { input: OWNER })).logIn.token;
  gateway = new ApolloGateway({
    supergraphSdl,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    buildService: ({ name, url }) =>
      name === 'workline'
        ? new Workline({ url })
        : new LocalGraphQLDataSource(buildSubgraphSchema({ typeDefs: gql(RATINGS), resolvers })),
  });
  ({ executor } = await gateway.load());
});

after(async () => {
  await gateway?.stop();
  await server.stop();
});

test('both libraries compose it with another subgraph', async () => {
  const given = await subgraphs();
  for (const compose of [composeServices, composeByTheGuild]) {
    const { supergraphSdl, errors } = compose(given);
    assert.equal(errors, undefined, errors?.map((each) => each.message).join('\n'));
    assert.match(supergraphSdl, /type Task[^{]*@join__type\(graph: WORKLINE, key: "id"[^{]*\{/);
    assert.match(supergraphSdl, /type PageInfo[^{]*@join__type\(graph: RATINGS\)/);
  }
});

test('the command prints the schema that it serves', async () => {
  const sdl = await run(python, ['-m', 'graphql_app', 'schema', '--federation'], { cwd: project });
  assert.equal(sdl, (await send('{ _service { sdl } }'))._service.sdl);
});

test('the gateway joins fields of both subgraphs', async () => {
  const { tasks } = await ask('{ tasks(first: 3) { nodes { id title stars assignee { name stars } } } }');
  assert.equal(tasks.nodes.length, 3);
  for (const task of tasks.nodes) {
    assert.equal(task.stars, task.id.length);
    if (task.assignee) assert.ok(task.assignee.stars);
  }
});

test('the gateway fetches the records of another subgraph by one request', async () => {
  const { tasks } = await send('{ tasks(first: 100) { nodes { id title } } }');
  sent.length = 0;
  const ids = tasks.nodes.map((task) => task.id);
  const data = await ask('query ($ids: [ID!]!) { recommended(ids: $ids) { id stars title } }', { ids });
  assert.equal(ids.length, 100);
  assert.deepEqual(data.recommended.map(({ id, title }) => ({ id, title })), tasks.nodes);
  assert.equal(sent.length, 1);
  assert.equal(sent[0].variables.representations.length, 100);
});

test('records of other organizations are null', async () => {
  const south = await (async () => {
    const own = token;
    token = (await send(LOG_IN, { input: { ...OWNER, email: 'owner@south.example' } })).logIn.token;
    const { workers } = await send('{ workers(first: 1) { nodes { id } } }');
    token = own;
    return workers.nodes[0].id;
  })();
  const query = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';
  const { _entities: found } = await send(query, { representations: [{ __typename: 'Worker', id: south }] });
  assert.deepEqual(found, [null]);
});
