// Subscriptions over HTTP and WebSocket, of a server with a schema of its own: Workline has no subscription yet.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { createInterface } from 'node:readline';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { createClient as createEventClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import WebSocket from 'ws';
import { project, python } from '../support/places.js';

const COUNT = 'subscription Count($to: Int!) { count(to: $to) }';
const EXPECTED = [1, 2, 3];

let server;
let url;

before(async () => {
  const env = { ...process.env, SHUTDOWN_TIMEOUT: '2', PYTHONPATH: project };
  server = spawn(python, ['-m', 'tests.http.serving'], { cwd: project, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const [port] = await once(createInterface({ input: server.stdout }), 'line');
  url = `http://127.0.0.1:${port}/graphql`;
});

after(async () => {
  server.kill('SIGTERM');
  await once(server, 'close');
});

/** All values of a source with `subscribe({ next, error, complete })`. */
const collect = (subscribe) =>
  new Promise((resolve, reject) => {
    const values = [];
    subscribe({ next: (value) => values.push(value), error: reject, complete: () => resolve(values) });
  });

const apollo = () => new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });

const urql = (requests = []) =>
  new Client({
    url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetch: async (address, options) => {
      const response = await fetch(address, options);
      requests.push(response.headers.get('content-type').split(';')[0]);
      return response;
    },
  });

test('Apollo Client reads a multipart subscription', async () => {
  const events = apollo().subscribe({ query: gql(COUNT), variables: { to: 3 } });
  const results = await collect((observer) => events.subscribe(observer));
  assert.deepEqual(results.map(({ data }) => data.count), EXPECTED);
});

test('Apollo Client reads the errors of a refused subscription', async () => {
  const events = apollo().subscribe({ query: gql('subscription { nothing }') });
  const [{ error }] = await collect((observer) => events.subscribe(observer));
  assert.equal(error.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
});

test('urql reads server-sent events, and JSON for queries and mutations', async () => {
  const types = [];
  const client = urql(types);
  const events = client.subscription(COUNT, { to: 3 });
  const results = [];
  await new Promise((resolve) => {
    events.subscribe((result) => {
      results.push(result);
      if (!result.hasNext) resolve();
    });
  });
  assert.deepEqual(results.filter(({ hasNext }) => hasNext).map(({ data }) => data.count), EXPECTED);
  const { data } = await client.query('{ hello }', {});
  const changed = await client.mutation('mutation { change }', {});
  assert.equal(data.hello, 'Hello, world!');
  assert.ok(changed.data.change > 0);
  assert.deepEqual(types, ['text/event-stream', 'application/graphql-response+json', 'application/graphql-response+json']);
});

test('urql reads the errors of a refused subscription', async () => {
  const { error } = await new Promise((resolve) => {
    urql().subscription('subscription { nothing }', {}).subscribe(resolve);
  });
  assert.equal(error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
});

test('graphql-sse reads subscriptions and queries', async () => {
  const client = createEventClient({ url, singleConnection: false });
  const request = { query: COUNT, variables: { to: 3 } };
  const results = await collect((observer) => client.subscribe(request, observer));
  assert.deepEqual(results.map(({ data }) => data.count), EXPECTED);
  const [{ data }] = await collect((observer) => client.subscribe({ query: '{ hello }' }, observer));
  assert.equal(data.hello, 'Hello, world!');
  client.dispose();
});

test('graphql-ws reads subscriptions', async () => {
  const client = createSocketClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket });
  const request = { query: COUNT, variables: { to: 3 } };
  const results = await collect((observer) => client.subscribe(request, observer));
  assert.deepEqual(results.map(({ data }) => data.count), EXPECTED);
  await client.dispose();
});
