// Connections with Apollo's relayStylePagination: pages are joined per list, filter, order and parent.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gql } from '@apollo/client';
import { ask, logIn } from '../support/asking.js';
import { createTasks } from '../support/work.js';
import { makeClient } from './client.js';
import { watch } from './watching.js';

const TASKS = gql`
  query Tasks($filter: TaskFilter, $orderBy: [TaskOrderBy!], $first: Int, $after: String) {
    tasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount
      edges { node { id title } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const WORKERS = gql`
  query Workers($first: Int!) {
    workers {
      edges { node { id tasks(first: $first) { ...Page } } }
    }
  }
  fragment Page on TaskConnection {
    edges { node { id title } }
    pageInfo { hasNextPage endCursor }
  }
`;
const WORKER = gql`
  query WorkerTasks($id: ID!, $first: Int!, $after: String) {
    worker(id: $id) { id tasks(first: $first, after: $after) { ...Page } }
  }
  fragment Page on TaskConnection {
    edges { node { id title } }
    pageInfo { hasNextPage endCursor }
  }
`;
const SEARCH = gql`
  query Search($query: String!, $types: [SearchType!], $first: Int, $after: String) {
    search(query: $query, types: $types, first: $first, after: $after) {
      totalCount
      edges { highlight node { ... on Node { id } ... on Task { title } ... on Comment { body } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const BY_TITLE = [{ title: {} }];
const BACKWARDS = [{ title: { direction: 'DESC' } }];

let token;

before(async () => {
  token = await logIn();
});

const named = (title) => ({ title: { startsWith: title } });
const titles = (page) => page.edges.map(({ node }) => node.title);

/** Return all items of the list after its last page. */
async function readToTheEnd(list, field = 'tasks') {
  let { [field]: page } = await list.until((data) => data[field].edges.length > 0);
  while (page.pageInfo.hasNextPage) {
    const shown = page.edges.length;
    await list.observable.fetchMore({ variables: { after: page.pageInfo.endCursor } });
    ({ [field]: page } = await list.until((data) => data[field].edges.length > shown));
  }
  return page;
}

test('pages are joined to one list, each record once and in order', async () => {
  const { client, requests } = makeClient(token);
  await createTasks(token, 'Joined', 7);
  const variables = { filter: named('Joined'), orderBy: BY_TITLE, first: 3 };
  const list = watch(client, { query: TASKS, variables });
  const tasks = await readToTheEnd(list);
  assert.deepEqual(titles(tasks), Array.from({ length: 7 }, (_, index) => `Joined 0${index + 1}`));
  assert.equal(tasks.totalCount, 7);
  assert.equal(requests.length, 3);
  list.stop();
});

test('another filter or order is another list, and the first one stays in the cache', async () => {
  const { client, requests } = makeClient(token);
  await createTasks(token, 'Apart', 4);
  const ascending = { filter: named('Apart'), orderBy: BY_TITLE, first: 2 };
  const descending = { ...ascending, orderBy: BACKWARDS };
  const narrower = { ...ascending, filter: named('Apart 04') };
  const list = watch(client, { query: TASKS, variables: ascending });
  await readToTheEnd(list);
  for (const [variables, expected] of [[descending, ['Apart 04', 'Apart 03']], [narrower, ['Apart 04']]]) {
    const { data } = await client.query({ query: TASKS, variables });
    assert.deepEqual(titles(data.tasks), expected);
  }
  const sent = requests.length;
  const { data } = await client.query({ query: TASKS, variables: ascending });
  assert.equal(data.tasks.edges.length, 4);
  assert.equal(requests.length, sent);
  list.stop();
});

test('results of a search are joined as well, and share the records of lists', async () => {
  const { client } = makeClient(token);
  const created = await createTasks(token, 'Zinnwaldite', 3);
  const variables = { query: 'zinnw', types: ['TASK', 'COMMENT'], first: 2 };
  const search = watch(client, { query: SEARCH, variables });
  const found = await readToTheEnd(search, 'search');
  assert.equal(found.totalCount, 3);
  assert.deepEqual(found.edges.map(({ node }) => node.id).sort(), created.map(({ id }) => id).sort());
  for (const { highlight, node } of found.edges) {
    assert.match(highlight, /<mark>Zinnwaldite<\/mark>/);
    assert.equal(client.cache.identify(node), `Task:${node.id}`);
  }
  search.stop();
});

test('the next page of one worker does not change the lists of other workers', async () => {
  const { client } = makeClient(token);
  const everybody = watch(client, { query: WORKERS, variables: { first: 2 } });
  const before = await everybody.until((data) => data.workers.edges.length > 1);
  const workers = before.workers.edges.map(({ node }) => node);
  const busy = workers.find(({ tasks }) => tasks.pageInfo.hasNextPage);
  const after = busy.tasks.pageInfo.endCursor;
  await client.query({ query: WORKER, variables: { id: busy.id, first: 2, after } });
  const grown = await everybody.until((data) =>
    data.workers.edges.some(({ node }) => node.id === busy.id && node.tasks.edges.length > 2));
  const expected = await firstTasks(busy.id, 4);
  for (const { node } of grown.workers.edges) {
    const known = workers.find(({ id }) => id === node.id);
    assert.deepEqual(titles(node.tasks), node.id === busy.id ? expected : titles(known.tasks));
  }
  everybody.stop();
});

/** Return the titles of a worker's first tasks, read in one page. */
async function firstTasks(id, first) {
  const query = 'query ($id: ID!, $first: Int!) { worker(id: $id) { tasks(first: $first) { edges { node { title } } } } }';
  const { worker } = await ask(query, { id, first }, token);
  return titles(worker.tasks);
}
