// Normalized cache: each record is one entry, so that every list shows the result of a mutation.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gql } from '@apollo/client';
import { logIn } from '../support/asking.js';
import { completeTask, createTask } from '../support/work.js';
import { makeClient } from './client.js';
import { watch } from './watching.js';

const LIST = gql`
  query List($title: String!) {
    tasks(filter: { title: { eq: $title } }) {
      edges { node { id title status version } }
    }
  }
`;
const ONE = gql`query One($id: ID!) { task(id: $id) { id title status } }`;
const ANY = gql`
  query Any($id: ID!) {
    node(id: $id) { id ... on Task { title status } }
  }
`;
const COMPLETE = gql`
  mutation Complete($input: CompleteTaskInput!) {
    completeTask(input: $input) {
      task { id status version completedAt }
      errors {
        code
        message
        path
        ... on ConflictError {
          currentVersion
          current { id ... on Task { status version } }
        }
      }
    }
  }
`;

let token;

before(async () => {
  token = await logIn();
});

async function watchedList(client, title) {
  const list = watch(client, { query: LIST, variables: { title } });
  await list.until((data) => data.tasks.edges.length === 1);
  return list;
}

const shownTask = (data) => data.tasks.edges[0].node;

test('a mutation changes what a list shows, without another request', async () => {
  const { client, requests } = makeClient(token);
  const title = 'Oil the chain';
  const { id } = await createTask(token, { title });
  const list = await watchedList(client, title);
  await client.mutate({ mutation: COMPLETE, variables: { input: { id } } });
  const task = shownTask(await list.until((data) => shownTask(data).status === 'DONE'));
  assert.equal(task.version, 2);
  assert.equal(requests.length, 2);
  list.stop();
});

test('a record that a list has read is found by its id and by `node`', async () => {
  const { client } = makeClient(token);
  const title = 'True the wheel';
  const { id } = await createTask(token, { title });
  const list = await watchedList(client, title);
  list.stop();
  assert.deepEqual(client.cache.identify(shownTask(list.shown())), `Task:${id}`);
  for (const [query, field] of [[ONE, 'task'], [ANY, 'node']]) {
    const { data } = await client.query({ query, variables: { id } });
    assert.deepEqual(data[field], { __typename: 'Task', id, title, status: 'OPEN' });
  }
});

test('a conflict contains the current record, and the list shows it', async () => {
  const { client, requests } = makeClient(token);
  const title = 'Patch the tube';
  const { id, version } = await createTask(token, { title });
  const list = await watchedList(client, title);
  await completeTask(token, id);
  const input = { id, expectedVersion: version };
  const { data } = await client.mutate({ mutation: COMPLETE, variables: { input } });
  const [conflict] = data.completeTask.errors;
  assert.equal(data.completeTask.task, null);
  assert.equal(conflict.__typename, 'ConflictError');
  assert.equal(conflict.code, 'CONFLICT');
  assert.equal(conflict.currentVersion, 2);
  const task = shownTask(await list.until((shown) => shownTask(shown).version === 2));
  assert.equal(task.status, 'DONE');
  assert.equal(requests.length, 2);
  list.stop();
});

test('fragments on interfaces and unions match the types of the introspection', async () => {
  const { client } = makeClient(token);
  // the demo's order of comments is random: comments on both kinds of subjects are selected
  const query = gql`
    query Subjects {
      onTasks: comments(filter: { task: {} }, first: 2) { ...Subjects }
      onPosts: comments(filter: { post: {} }, first: 2) { ...Subjects }
    }
    fragment Subjects on CommentConnection {
      nodes { id subject { ... on Node { id } ... on Task { title } ... on Post { title } } }
    }
  `;
  const { data } = await client.query({ query });
  const subjects = [...data.onTasks.nodes, ...data.onPosts.nodes].map(({ subject }) => subject);
  assert.deepEqual(subjects.map(({ __typename }) => __typename), ['Task', 'Task', 'Post', 'Post']);
  assert.ok(subjects.every(({ id, title }) => id && title));
  assert.deepEqual(client.readQuery({ query }), data);
});

test('parts of the dashboard from separate queries are merged', async () => {
  const { client, requests } = makeClient(token);
  const byStatus = gql`{ dashboard { tasksByStatus { status count } } }`;
  const load = gql`{ dashboard { workload { openTasks worker { id name } } } viewer { user { id } } }`;
  const both = gql`{ dashboard { tasksByStatus { status count } workload { openTasks worker { id name } } } }`;
  const [first, second] = [await client.query({ query: byStatus }), await client.query({ query: load })];
  const { data } = await client.query({ query: both });
  assert.deepEqual(data.dashboard.tasksByStatus, first.data.dashboard.tasksByStatus);
  assert.deepEqual(data.dashboard.workload, second.data.dashboard.workload);
  assert.equal(requests.length, 2);
});
