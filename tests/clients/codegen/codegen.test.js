// Typed application: its types are generated from the schema, it compiles strictly, and it runs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { makeClient } from '../apollo/client.js';
import { logIn } from '../support/asking.js';
import { runTool } from '../support/commands.js';
import { folder, generated } from '../support/places.js';
import { createTask } from '../support/work.js';

const project = `${folder}codegen`;
let client;
let token;

/** Import a module of the compiled application. */
const application = (name) => import(`${generated}codegen/${name}.js`);

before(async () => {
  await runTool(folder, 'graphql-codegen', ['--config', `${project}/codegen.ts`], { cwd: project });
  await runTool(folder, 'tsc', ['--project', project]);
  token = await logIn();
  ({ client } = makeClient(token));
});

test('no type is `any`', async () => {
  const types = await readFile(`${project}/src/gql/graphql.ts`, 'utf8');
  const code = types.replaceAll(/\/\*.*?\*\//gs, '').split('\n');
  assert.deepEqual(code.filter((line) => /\bany\b/.test(line)), []);
});

test('tasks are listed according to their types', async () => {
  const { openTasks } = await application('tasks');
  const tasks = await openTasks(client, 5);
  assert.equal(tasks.length, 5);
  for (const { id, title, status, dueAt, version } of tasks) {
    assert.deepEqual([id, title, version].map((value) => typeof value), ['string', 'string', 'number']);
    assert.equal(status, 'OPEN');
    assert.ok(dueAt === null || !Number.isNaN(Date.parse(dueAt)));
  }
  const due = tasks.map(({ dueAt }) => dueAt ?? '9999');
  assert.deepEqual(due, due.toSorted());
});

test('`__typename` distinguishes a completed task from a conflict and other errors', async () => {
  const { complete } = await application('tasks');
  const { id, version } = await createTask(token, { title: 'Tighten the headset' });
  const done = await complete(client, id, version);
  assert.equal(done.kind, 'done');
  assert.equal(done.task.status, 'DONE');
  const conflict = await complete(client, id, version);
  assert.equal(conflict.kind, 'conflict');
  assert.equal(conflict.version, done.task.version);
  assert.deepEqual(conflict.task, done.task);
  const refused = await complete(client, '01900000-0000-7000-8000-000000000000', 1);
  assert.equal(refused.kind, 'refused');
  assert.equal(refused.why.length, 1);
});

test('errors of an input have their field', async () => {
  const { add } = await application('adding');
  const { id } = await add(client, { title: 'Grease the bearings', priority: 4 });
  assert.ok(id);
  const { wrong } = await add(client, { title: '' });
  assert.deepEqual([...wrong.keys()], ['title']);
});

test('a comment has a subject, and a bulk update reports invalid rows', async () => {
  const { change, comment } = await application('changing');
  const { id } = await createTask(token, { title: 'Clean the cassette', dueAt: '2030-01-01T00:00:00Z' });
  assert.equal(await comment(client, { taskId: id }, 'With the small brush.'), 'Task');
  const inputs = [{ id, dueAt: null }, { id: '01900000-0000-7000-8000-000000000000', title: 'Nothing' }];
  const { count, bad } = await change(client, inputs, 'REJECT_FAILED_ROWS');
  assert.equal(count, 1);
  assert.deepEqual([...bad], [[1, ['NotFoundError']]]);
});

test('amounts are added exactly', async () => {
  const { hundredths, orders, total } = await application('money');
  const found = await orders(client, 10);
  assert.equal(found.length, 10);
  for (const order of found) {
    assert.match(order.total, /^\d+\.\d\d$/);
    assert.equal(total(order), hundredths(order.total));
  }
});
