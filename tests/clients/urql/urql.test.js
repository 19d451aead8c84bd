// urql with default options: queries by GET up to the maximum length of an address, mutations by POST.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { cacheExchange, Client, fetchExchange, gql } from '@urql/core';
import { logIn, url } from '../support/asking.js';
import { createTask } from '../support/work.js';

const TASK = gql`query Task($id: ID!) { task(id: $id) { __typename id title status } }`;
const COMPLETE = gql`
  mutation Complete($input: CompleteTaskInput!) {
    completeTask(input: $input) { task { __typename id status } errors { __typename code } }
  }
`;
const VIEWER = gql`{ viewer { user { id } } }`;

let token;

before(async () => {
  token = await logIn();
});

function makeClient(as, options = {}) {
  const requests = [];
  const client = new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetch: (address, request) => {
      requests.push(request.method);
      return fetch(address, request);
    },
    fetchOptions: as ? { headers: { authorization: `Bearer ${as}` } } : {},
    ...options,
  });
  return { client, requests };
}

test('a query is answered, and from the cache the second time', async () => {
  const { client, requests } = makeClient(token);
  const { id } = await createTask(token, { title: 'Bleed the brakes' });
  for (const _ of ['network', 'cache']) {
    const { data, error } = await client.query(TASK, { id });
    assert.equal(error, undefined);
    assert.deepEqual(data.task, { __typename: 'Task', id, title: 'Bleed the brakes', status: 'OPEN' });
  }
  assert.deepEqual(requests, ['GET']);
});

test('a mutation invalidates the changed records in the cache', async () => {
  const { client, requests } = makeClient(token);
  const { id } = await createTask(token, { title: 'Change the tyre' });
  await client.query(TASK, { id });
  const { data } = await client.mutation(COMPLETE, { input: { id } });
  assert.deepEqual(data.completeTask.errors, []);
  const again = await client.query(TASK, { id });
  assert.equal(again.data.task.status, 'DONE');
  assert.deepEqual(requests, ['GET', 'POST', 'GET']);
});

for (const preferGetMethod of [false, 'within-url-limit']) {
  const method = preferGetMethod ? 'GET' : 'POST';

  test(`a request without a token is UNAUTHENTICATED, by ${method}`, async () => {
    for (const as of [null, 'wrong']) {
      const { client, requests } = makeClient(as, { preferGetMethod });
      const { data, error } = await client.query(VIEWER, {});
      assert.equal(data, undefined);
      assert.deepEqual(error.graphQLErrors.map(({ extensions }) => extensions.code), ['UNAUTHENTICATED']);
      assert.deepEqual(requests, [method]);
    }
  });
}

test('an invalid argument is an error with its code, path and limit', async () => {
  const { client } = makeClient(token);
  const { error } = await client.query(gql`{ tasks(first: -1) { edges { node { id } } } }`, {});
  const [{ extensions }] = error.graphQLErrors;
  assert.deepEqual(extensions, { code: 'BAD_USER_INPUT', argumentPath: ['first'], valueLimit: { minimum: 0, maximum: 100 } });
});
