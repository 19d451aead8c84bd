// Relay compiler with the schema, and Relay's runtime with its artifacts: pages, refetches and updates.
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import runtime from 'relay-runtime';
import { place, writeFiles } from '../docs/page.js';
import { ask, logIn, url } from '../support/asking.js';
import { run, runTool } from '../support/commands.js';
import { folder, generated, project, python } from '../support/places.js';
import { completeTask, createTasks } from '../support/work.js';
import { artifact, makeEnvironment, read, subscribe } from './environment.js';
import { loadNext } from './pages.js';

const { commitMutation, Environment, fetchQuery, Network, RecordSource, Store } = runtime;
const artifacts = `${generated}relay`;
let token;

before(async () => {
  await rm(artifacts, { recursive: true, force: true });
  await mkdir(artifacts, { recursive: true });
  await writeFile(`${artifacts}/package.json`, '{ "type": "commonjs" }\n');
  await runTool(folder, 'relay-compiler', ['relay.config.json'], { cwd: `${folder}relay` });
  token = await logIn();
});

const fetch = (environment, name, variables) => fetchQuery(environment, artifact(name), variables).toPromise();
const titles = (edges) => edges.map(({ node }) => node.title);

function commit(environment, name, input) {
  return new Promise((resolve, reject) => {
    commitMutation(environment, {
      mutation: artifact(name),
      variables: { input },
      onCompleted: (data, errors) => (errors ? reject(errors) : resolve(data)),
      onError: reject,
    });
  });
}

const listOf = (title) => ({ count: 2, filter: { title: { startsWith: title } }, orderBy: [{ title: {} }] });

/** Return the rows of the list. */
const rows = (environment, { tasks }) => tasks.edges.map(({ node }) => read(environment, 'taskRow_task', node));

test('a list grows page by page to its end', async () => {
  const { environment, requests } = makeEnvironment(token);
  await createTasks(token, 'Grow', 5);
  const page = await fetch(environment, 'taskListQuery', listOf('Grow'));
  let list = read(environment, 'taskList_tasks', page);
  while (list.tasks.pageInfo.hasNextPage) list = await loadNext(environment, 'taskList_tasks', page, 2);
  assert.deepEqual(rows(environment, list).map(({ title }) => title), [1, 2, 3, 4, 5].map((number) => `Grow 0${number}`));
  assert.equal(list.tasks.totalCount, 5);
  assert.deepEqual(requests, ['taskListQuery', 'taskListMoreQuery', 'taskListMoreQuery']);
});

test('a list of an object is refetched through `node`', async () => {
  const { environment, requests } = makeEnvironment(token);
  const { workers } = await ask('{ workers { nodes { id tasks { totalCount } } } }', {}, token);
  const { id } = workers.nodes.find(({ tasks }) => tasks.totalCount > 3);
  const { node } = await fetch(environment, 'workerCardQuery', { id, count: 2 });
  const first = read(environment, 'workerCard_worker', node.worker);
  assert.equal(first.tasks.edges.length, 2);
  const both = await loadNext(environment, 'workerCard_worker', node.worker, 2);
  const question = 'query ($id: ID!) { worker(id: $id) { tasks(first: 4) { edges { node { title } } } } }';
  const { worker } = await ask(question, { id }, token);
  assert.deepEqual(titles(both.tasks.edges), titles(worker.tasks.edges));
  assert.deepEqual(requests, ['workerCardQuery', 'workerCardMoreQuery']);
});

test('the row shows the result of a mutation or of a conflict', async () => {
  const { environment } = makeEnvironment(token);
  const [mine, theirs] = await createTasks(token, 'Both', 2);
  const page = await fetch(environment, 'taskListQuery', listOf('Both'));
  const list = read(environment, 'taskList_tasks', page);
  const seen = [];
  const stops = list.tasks.edges.map(({ node }) =>
    subscribe(environment, 'taskRow_task', node, ({ title, status }) => seen.push(`${title}: ${status}`)));
  await commit(environment, 'taskRowCompleteMutation', { id: mine.id, expectedVersion: mine.version });
  await completeTask(token, theirs.id);
  const late = { id: theirs.id, expectedVersion: theirs.version };
  const { completeTask: payload } = await commit(environment, 'taskRowCompleteMutation', late);
  assert.equal(payload.task, null);
  assert.equal(payload.errors[0].__typename, 'ConflictError');
  assert.deepEqual(seen, ['Both 01: DONE', 'Both 02: DONE']);
  for (const stop of stops) stop();
});

test('members of a union are matched by type and by interface', async () => {
  const { environment } = makeEnvironment(token);
  const { comments } = await fetch(environment, 'commentsQuery', {});
  assert.equal(comments.nodes.length, 10);
  assert.ok(comments.nodes.every(({ subject }) => subject.id && subject.title));
});

test('a request error rejects the query with the codes of the server', async () => {
  const { environment } = makeEnvironment('wrong');
  await assert.rejects(fetch(environment, 'commentsQuery', {}), (error) => {
    assert.equal(error.source.errors[0].extensions.code, 'UNAUTHENTICATED');
    return true;
  });
});

test('the compiler accepts the schema with semantic nullability', async () => {
  const place = `${generated}relay-semantic/`;
  await rm(place, { recursive: true, force: true });
  await mkdir(`${place}artifacts`, { recursive: true });
  await cp(`${folder}relay/src`, `${place}src`, { recursive: true });
  const sdl = await run(python, ['-m', 'graphql_app', 'schema', '--semantic-non-null'], { cwd: project });
  await writeFile(`${place}schema.graphql`, sdl);
  const config = JSON.parse(await readFile(`${folder}relay/relay.config.json`, 'utf8'));
  const own = { ...config, src: './src', schema: './schema.graphql', artifactDirectory: './artifacts' };
  await writeFile(`${place}relay.config.json`, JSON.stringify(own));
  const said = await runTool(folder, 'relay-compiler', ['relay.config.json'], { cwd: place });
  assert.match(said, /Compilation completed/);
  assert.match(sdl, /nodes: \[Task\] @semanticNonNull\(levels: \[0, 1\]\)/);
});

test('deferred fragments and streamed lists arrive in parts by the adapter of the documentation', async () => {
  await writeFiles();
  const { fetchParts } = await import(`${place}relay/src/fetchParts.js`);
  const network = Network.create(fetchParts(url, { authorization: `Bearer ${token}` }));
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  const seen = [];
  const fetched = (name) =>
    new Promise((resolve, reject) => {
      fetchQuery(environment, artifact(name), { first: 5 }).subscribe({
        next: (data) => seen.push(data),
        error: reject,
        complete: () => resolve(seen.at(-1)),
      });
    });
  const { tasks } = await fetched('deferredQuery');
  const expected = await ask('{ tasks(first: 5) { nodes { id title comments(first: 3) { nodes { id body } } } } }', {}, token);
  assert.deepEqual(
    tasks.nodes.map((node) => ({ id: node.id, ...read(environment, 'deferred_task', node) })),
    expected.tasks.nodes,
  );
  assert.ok(seen.length > 1);
  const list = await fetched('deferredListQuery');
  assert.deepEqual(list.tasks.nodes.map(({ title }) => title), expected.tasks.nodes.map(({ title }) => title));
});
