// BatchHttpLink: several operations in one request, each with its own result or error.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ApolloClient, CombinedGraphQLErrors, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { logIn, OWNER, url } from '../support/asking.js';
import { makeCache } from './client.js';

const VIEWER = gql`query Viewer { viewer { user { email } } }`;
const COUNT = gql`query Count { workers(first: 1) { totalCount } }`;
const INVALID = gql`query Invalid { tasks(first: -1) { totalCount } }`;
const CREATE = gql`mutation Create($input: CreateTaskInput!) { createTask(input: $input) { task { title } } }`;

let token;

before(async () => {
  token = await logIn();
});

function makeClient() {
  const requests = [];
  const watchedFetch = (address, options) => {
    requests.push(JSON.parse(options.body));
    return fetch(address, options);
  };
  const headers = { authorization: `Bearer ${token}` };
  const link = new BatchHttpLink({ uri: url, headers, fetch: watchedFetch, batchInterval: 20 });
  return { client: new ApolloClient({ link, cache: makeCache() }), requests };
}

test('queries and mutations go in one request and come back in order', async () => {
  const { client, requests } = makeClient();
  const [viewer, count, created] = await Promise.all([
    client.query({ query: VIEWER }),
    client.query({ query: COUNT }),
    client.mutate({ mutation: CREATE, variables: { input: { title: 'Batched' } } }),
  ]);
  assert.equal(viewer.data.viewer.user.email, OWNER.email);
  assert.ok(count.data.workers.totalCount > 0);
  assert.equal(created.data.createTask.task.title, 'Batched');
  assert.deepEqual(requests.map((each) => each.map(({ operationName }) => operationName)), [['Viewer', 'Count', 'Create']]);
});

test('the error of one operation is its own', async () => {
  const { client } = makeClient();
  const [viewer, invalid] = await Promise.allSettled([
    client.query({ query: VIEWER }),
    client.query({ query: INVALID }),
  ]);
  assert.equal(viewer.value.data.viewer.user.email, OWNER.email);
  assert.ok(CombinedGraphQLErrors.is(invalid.reason), String(invalid.reason));
  assert.equal(invalid.reason.errors[0].extensions.code, 'BAD_USER_INPUT');
});
