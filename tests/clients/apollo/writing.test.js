// Writes: updates of the cache by id, conflicts, invalid rows, and retries with an idempotency key.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gql } from '@apollo/client';
import { RetryLink } from '@apollo/client/link/retry';
import { ask, logIn } from '../support/asking.js';
import { createTask, createTasks } from '../support/work.js';
import { makeClient } from './client.js';
import { watch } from './watching.js';

const LIST = gql`
  query List($prefix: String!) {
    tasks(filter: { title: { startsWith: $prefix } }, orderBy: [{ title: {} }]) {
      edges { node { id title status version labels { nodes { id name } } } }
    }
  }
`;
const ERRORS = gql`
  fragment Errors on UserError {
    code
    message
    path
    ... on ConflictError {
      currentVersion
      current { id ... on Task { title status version } }
    }
  }
`;
const UPDATE = gql`
  mutation Update($input: UpdateTaskInput!) {
    updateTask(input: $input) { task { id title version } errors { ...Errors } }
  }
  ${ERRORS}
`;
const LABEL = gql`
  mutation Label($label: CreateLabelInput!) { createLabel(input: $label) { label { id name } } }
`;
const PUT_ON = gql`
  mutation PutOn($input: AddTaskLabelsInput!) {
    addTaskLabels(input: $input) { task { id version labels { nodes { id name } } } errors { ...Errors } }
  }
  ${ERRORS}
`;
const DELETE = gql`
  mutation Delete($input: DeleteTaskInput!) {
    deleteTask(input: $input) { deletedId errors { ...Errors } }
  }
  ${ERRORS}
`;
const COMPLETE_ALL = gql`
  mutation CompleteAll($inputs: [CompleteTaskInput!]!, $policy: ErrorPolicy!) {
    completeTasks(inputs: $inputs, errorPolicy: $policy) {
      count
      results { task { id status version } errors { ...Errors } }
    }
  }
  ${ERRORS}
`;
const CREATE_ONCE = gql`
  mutation CreateOnce($input: CreateTaskInput!, $key: String!) {
    createTask(input: $input) @idempotent(key: $key) { task { id title } errors { code } }
  }
`;
const COUNT = 'query Count($title: String!) { tasks(filter: { title: { eq: $title } }) { totalCount } }';

let token;

before(async () => {
  token = await logIn();
});

const shown = (data) => data.tasks.edges.map(({ node }) => node);
const counted = async (title) => (await ask(COUNT, { title }, token)).tasks.totalCount;

async function watched(client, prefix, count) {
  const list = watch(client, { query: LIST, variables: { prefix } });
  await list.until((data) => data.tasks.edges.length === count);
  return list;
}

/** The first response never arrives: the connection breaks after the server has executed the request. */
function losingTheFirstResponse() {
  let lost = 0;
  return {
    lost: () => lost,
    fetch: async (url, options) => {
      const response = await fetch(url, options);
      if (lost > 0) return response;
      lost += 1;
      await response.text();
      throw new TypeError('The connection was lost.');
    },
  };
}

test('every list shows the result of a mutation, by the ids of its records', async () => {
  const { client, requests } = makeClient(token);
  const [{ id }] = await createTasks(token, 'Centre the wheel', 2);
  const list = await watched(client, 'Centre the wheel', 2);
  const { data: made } = await client.mutate({ mutation: LABEL, variables: { label: { name: `${id}`, color: '#00aa55' } } });
  const { label } = made.createLabel;
  await client.mutate({ mutation: UPDATE, variables: { input: { id, title: 'Centre the wheel, front' } } });
  await client.mutate({ mutation: PUT_ON, variables: { input: { id, labelIds: [label.id] } } });
  const ours = (data) => shown(data).find((task) => task.id === id);
  const task = ours(await list.until((data) => ours(data).labels.nodes.length === 1));
  assert.equal(task.title, 'Centre the wheel, front');
  assert.equal(task.version, 3);
  assert.deepEqual(task.labels.nodes.map(({ name }) => name), [label.name]);
  assert.equal(requests.length, 4);
  list.stop();
});

test('a deleted record disappears from lists', async () => {
  const { client } = makeClient(token);
  const [{ id }, { id: other }] = await createTasks(token, 'Sort the screws', 2);
  const list = await watched(client, 'Sort the screws', 2);
  await client.mutate({
    mutation: DELETE,
    variables: { input: { id } },
    update(cache, { data }) {
      cache.evict({ id: cache.identify({ __typename: 'Task', id: data.deleteTask.deletedId }) });
      cache.gc();
    },
  });
  const left = await list.until((data) => data.tasks.edges.filter(({ node }) => node).length === 1);
  assert.deepEqual(shown(left).filter(Boolean).map((task) => task.id), [other]);
  list.stop();
});

test('a conflict shows the concurrent change, and the next attempt is based on it', async () => {
  const { client } = makeClient(token);
  const { client: theirs } = makeClient(token);
  const { id, version } = await createTask(token, { title: 'Bleed the hydraulics' });
  const list = await watched(client, 'Bleed the hydraulics', 1);
  const rename = (who, title, expectedVersion) =>
    who.mutate({ mutation: UPDATE, variables: { input: { id, title, expectedVersion } } });
  await rename(theirs, 'Bleed the hydraulics, rear', version);
  const { data } = await rename(client, 'Bleed the hydraulics, both', version);
  const [conflict] = data.updateTask.errors;
  assert.equal(data.updateTask.task, null);
  assert.deepEqual([conflict.code, conflict.path], ['CONFLICT', ['expectedVersion']]);
  assert.equal(conflict.current.title, 'Bleed the hydraulics, rear');
  const [now] = shown(await list.until((listed) => shown(listed)[0].version === conflict.currentVersion));
  assert.equal(now.title, 'Bleed the hydraulics, rear');
  const { data: second } = await rename(client, 'Bleed the hydraulics, both', conflict.currentVersion);
  assert.deepEqual(second.updateTask.errors, []);
  assert.equal(second.updateTask.task.title, 'Bleed the hydraulics, both');
  list.stop();
});

test('each row of a bulk mutation has a result, and written rows are shown', async () => {
  const { client } = makeClient(token);
  const tasks = await createTasks(token, 'Count the tools', 3);
  const list = await watched(client, 'Count the tools', 3);
  const complete = (inputs, policy) => client.mutate({ mutation: COMPLETE_ALL, variables: { inputs, policy } });
  const inputs = tasks.map(({ id, version }, index) => ({ id, expectedVersion: index === 1 ? 99 : version }));
  const { data: nothing } = await complete(inputs, 'REJECT_EVERYTHING');
  const codes = ({ completeTasks }) => completeTasks.results.map(({ errors }) => errors.map(({ code }) => code));
  assert.equal(nothing.completeTasks.count, 0);
  assert.deepEqual(codes(nothing), [['TRANSACTION_ROLLED_BACK'], ['CONFLICT'], ['TRANSACTION_ROLLED_BACK']]);
  const { data: some } = await complete(inputs, 'REJECT_FAILED_ROWS');
  assert.equal(some.completeTasks.count, 2);
  assert.deepEqual(codes(some), [[], ['CONFLICT'], []]);
  assert.deepEqual(some.completeTasks.results[1].errors[0].path, ['1', 'expectedVersion']);
  const done = await list.until((data) => shown(data).filter(({ status }) => status === 'DONE').length === 2);
  assert.deepEqual(shown(done).map(({ status }) => status), ['DONE', 'OPEN', 'DONE']);
  list.stop();
});

test('a retry with the same key gets the first result', async () => {
  const { fetch, lost } = losingTheFirstResponse();
  const retry = new RetryLink({ delay: { initial: 1 }, attempts: { max: 2 } });
  const { client } = makeClient(token, { links: [retry], fetch });
  const title = `Order the spokes ${crypto.randomUUID()}`;
  const variables = { input: { title }, key: crypto.randomUUID() };
  const { data } = await client.mutate({ mutation: CREATE_ONCE, variables });
  assert.equal(lost(), 1);
  assert.deepEqual(data.createTask.errors, []);
  assert.equal(data.createTask.task.title, title);
  assert.equal(await counted(title), 1);
});

test('the key may be sent as a header, and is valid for one input only', async () => {
  const { client } = makeClient(token);
  const mutation = gql`
    mutation Create($input: CreateTaskInput!) { createTask(input: $input) { task { id } errors { code } } }
  `;
  const context = { headers: { 'idempotency-key': crypto.randomUUID() } };
  const title = `Order the rims ${crypto.randomUUID()}`;
  const create = (input) => client.mutate({ mutation, variables: { input }, context });
  const [first, again] = [await create({ title }), await create({ title })];
  assert.equal(first.data.createTask.task.id, again.data.createTask.task.id);
  const { data } = await create({ title: `${title}, wide` });
  assert.deepEqual(data.createTask.errors.map(({ code }) => code), ['IDEMPOTENCY_KEY_REUSED']);
  assert.equal(await counted(title), 1);
});
