// `@defer` and `@stream` by both of Apollo's handlers, and by a client without a handler.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ApolloClient, gql, HttpLink, InMemoryCache, NetworkStatus } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { ask, logIn, url } from '../support/asking.js';

const HANDLERS = { 'incrementalSpec=v0.2': GraphQL17Alpha9Handler, 'deferSpec=20220824': Defer20220824Handler };
const DOCUMENTS = {
  'a fragment of each item': '{ tasks(first: 5) { nodes { id ... @defer { title assignee { id name } } } } }',
  'nested fragments': `{ tasks(first: 3) { nodes { id ... @defer(label: "outer") {
    title comments(first: 2) { nodes { id ... @defer(label: "inner") { body author { id name } } } } } } } }`,
  'overlapping fragments': `{ tasks(first: 4) { nodes { id
    ... @defer(label: "a") { title assignee { id name } } ... @defer(label: "b") { title assignee { id createdAt } } } } }`,
  'a fragment at the root': '{ viewer { user { id } } ... @defer { workers(first: 3) { nodes { id name } } } }',
  'a condition': 'query ($no: Boolean = false) { tasks(first: 2) { nodes { id ... @defer(if: $no) { title } } } }',
  'a list': '{ tasks(first: 6) { nodes @stream(initialCount: 2) { id title } } }',
  'a list in each item': `{ workers(first: 3) { nodes { id tasks(first: 4) { nodes @stream(initialCount: 1) { id title } } } } }`,
};

let token;

before(async () => {
  token = await logIn();
});

function makeClient(incrementalHandler) {
  const types = [];
  const texts = [];
  const watchedFetch = async (address, options) => {
    const response = await fetch(address, options);
    types.push(response.headers.get('content-type'));
    texts.push(response.clone().text());
    return response;
  };
  const link = new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` }, fetch: watchedFetch });
  return { client: new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler }), types, texts };
}

const plain = (document) => document.replaceAll(/@(?:defer|stream)(?:\([^)]*\))?/g, '').replaceAll(/query \(\$no[^)]*\)/g, '');
const withoutTypes = (data) => JSON.parse(JSON.stringify(data, (key, value) => (key === '__typename' ? undefined : value)));

/** Return the data of each state of a query, until it is complete. */
function watch(client, document) {
  return new Promise((resolve, reject) => {
    const states = [];
    client.watchQuery({ query: gql(document) }).subscribe({
      next: ({ data, networkStatus, error }) => {
        if (error) reject(error);
        if (data) states.push(data);
        if (networkStatus === NetworkStatus.ready) resolve(states);
      },
      error: reject,
    });
  });
}

for (const [form, Handler] of Object.entries(HANDLERS)) {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    if (document.includes('@stream') && form.startsWith('defer')) continue; // the handler reads no items
    test(`${form}: ${name} arrives in parts, and completely`, async () => {
      const { client, types, texts } = makeClient(new Handler());
      const states = await watch(client, document);
      assert.deepEqual(withoutTypes(states.at(-1)), await ask(plain(document), {}, token));
      if (name === 'a condition') return assert.match(types[0], /^application\/graphql-response\+json/);
      assert.ok((await texts[0]).split('"hasNext":').length > 2);
      assert.match(types[0], new RegExp(`^multipart/mixed; boundary="graphql"; ${form}$`));
    });
  }

  test(`${form}: the cache has the records of all parts`, async () => {
    const { client } = makeClient(new Handler());
    const query = gql('{ tasks(first: 3) { nodes { id ... @defer { title } } } }');
    await client.query({ query });
    const { tasks } = client.readQuery({ query: gql('{ tasks(first: 3) { nodes { id title } } }') });
    assert.ok(tasks.nodes.every(({ title }) => title));
  });

  test(`${form}: an error in a part leaves the rest`, async () => {
    const { client } = makeClient(new Handler());
    const query = gql('{ tasks(first: 2) { nodes { id ... @defer { comments(first: 1000) { totalCount } } } } }');
    const { data, error } = await client.query({ query, errorPolicy: 'all' });
    assert.equal(data.tasks.nodes.length, 2);
    assert.equal(error.errors[0].extensions.code, 'BAD_USER_INPUT');
  });
}

test('a client without a handler reads one response', async () => {
  const { client, types } = makeClient(undefined);
  const document = '{ tasks(first: 2) { nodes { id title } } }';
  const { data } = await client.query({ query: gql(document) });
  assert.equal(data.tasks.nodes.length, 2);
  assert.match(types[0], /^application\/graphql-response\+json/);
  const body = JSON.stringify({ query: '{ tasks(first: 2) { nodes { id ... @defer { title } } } }' });
  const headers = { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` };
  const answer = await (await fetch(url, { method: 'POST', headers, body })).json();
  assert.deepEqual(answer, { data: withoutTypes(data) });
});
