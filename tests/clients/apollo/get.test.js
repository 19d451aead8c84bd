// Queries by GET: `useGETForQueries` with and without a token, and the headers that Apollo adds for it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { logIn } from '../support/asking.js';
import { createTask } from '../support/work.js';
import { makeClient } from './client.js';

const TASK = gql`query Task($id: ID!) { task(id: $id) { id title } }`;
const COMPLETE = gql`mutation Complete($id: ID!) { completeTask(input: { id: $id }) { task { id status } } }`;

let token;

before(async () => {
  token = await logIn();
});

test('a query is sent by GET and a mutation by POST', async () => {
  const { client, requests } = makeClient(token, { useGETForQueries: true });
  const title = 'Adjust the brakes & gears + "tighten" all';
  const { id } = await createTask(token, { title });
  const { data } = await client.query({ query: TASK, variables: { id } });
  assert.equal(data.task.title, title);
  await client.mutate({ mutation: COMPLETE, variables: { id } });
  assert.deepEqual(requests.map(({ method }) => method), ['GET', 'POST']);
});

test('a mutation by GET is refused with a readable error', async () => {
  const { client } = makeClient(token, { fetchOptions: { method: 'GET' } });
  const changed = client.mutate({ mutation: COMPLETE, variables: { id: '1' } });
  await assert.rejects(changed, (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.match(error.message, /GET/);
    return true;
  });
});

test('a public field is answered by GET without a token', async () => {
  const { client } = makeClient(null, { useGETForQueries: true });
  const { data } = await client.query({ query: gql`query Name { __schema { queryType { name } } }` });
  assert.equal(data.__schema.queryType.name, 'Query');
});
