// Operations over one WebSocket, which is authenticated once when it is opened.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { logIn } from '../support/asking.js';
import { createTask } from '../support/work.js';
import { closingCode, connect, results } from './connecting.js';

const VIEWER = '{ viewer { user { email } } }';
const TASK = 'query ($id: ID!) { task(id: $id) { title status } }';
const COMPLETE = `mutation ($input: CompleteTaskInput!) {
  completeTask(input: $input) { task { status version } errors { code } }
}`;

let token;

before(async () => {
  token = await logIn();
});

const bearer = () => ({ authorization: `Bearer ${token}` });

test('a query and a mutation are answered, each with one result', async () => {
  const { client, closed } = connect(bearer);
  const { id } = await createTask(token, { title: 'Wax the frame' });
  const expected = { task: { title: 'Wax the frame', status: 'OPEN' } };
  assert.deepEqual(await results(client, TASK, { id }), [{ data: expected }]);
  const [{ data }] = await results(client, COMPLETE, { input: { id } });
  assert.deepEqual(data.completeTask, { task: { status: 'DONE', version: 2 }, errors: [] });
  assert.equal((await results(client, TASK, { id }))[0].data.task.status, 'DONE');
  await client.dispose();
  assert.equal((await closed).code, 1000);
});

test('operations run concurrently on one socket', async () => {
  const { client } = connect(bearer);
  const answers = await Promise.all(Array.from({ length: 10 }, () => results(client, VIEWER)));
  assert.ok(answers.every(([{ data }]) => data.viewer.user.email === 'owner@north.example'));
  await client.dispose();
});

test('a wrong token closes the socket', async () => {
  for (const authorization of ['Bearer wrong', `Bearer ${token}x`, `Basic ${token}`]) {
    const { client, closed } = connect({ authorization });
    await assert.rejects(results(client, VIEWER), ({ code, reason }) => code === 4403 && reason === 'Forbidden');
    assert.equal((await closed).code, 4403);
  }
});

test('a token is accepted under any usual key, with and without its scheme', async () => {
  const bare = [{ authToken: token }, { accessToken: token }, { token }, { Authorization: token }];
  for (const params of [...bare, { AUTHORIZATION: `bearer ${token}` }, { headers: bearer() }]) {
    const { client } = connect(params);
    assert.equal((await results(client, VIEWER))[0].data.viewer.user.email, 'owner@north.example');
    await client.dispose();
  }
});

test('a socket without a token stays open, and an operation that needs one is refused', async () => {
  const { client } = connect({});
  const refused = await results(client, VIEWER).catch((errors) => errors);
  assert.deepEqual(refused.map(({ extensions }) => extensions.code), ['UNAUTHENTICATED']);
  assert.deepEqual(await results(client, '{ __typename }'), [{ data: { __typename: 'Query' } }]);
  await client.dispose();
});

test('an invalid operation is refused, and the socket stays open', async () => {
  const { client } = connect(bearer);
  for (const [query, code] of [['{', 'GRAPHQL_PARSE_FAILED'], ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED']]) {
    const errors = await results(client, query).catch((refusal) => refusal);
    assert.equal(errors[0].extensions.code, code);
  }
  assert.equal((await results(client, VIEWER)).length, 1);
  await client.dispose();
});

test('a socket with another protocol is closed', async () => {
  assert.equal(await closingCode([]), 4406);
  assert.equal(await closingCode(['graphql-transport-ws'], { type: 'start' }), 4400);
});
