// Program of docs/writing.md for Apollo: an update, a conflict, and a retry after a lost response.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { gql } from '@apollo/client';
import { makeClient } from '../apollo/client.js';
import { ask, logIn } from '../support/asking.js';
import { generated, project } from '../support/places.js';

const PROGRAM = /^```js\n([\s\S]*?)^```$/m;
const FILE = `${generated}writing/rename.mjs`;
const TASK = gql`query ($id: ID!) { task(id: $id) { id title version } }`;

let token;
let rename;

before(async () => {
  token = await logIn();
  const [, program] = PROGRAM.exec(await readFile(`${project}docs/writing.md`, 'utf8'));
  await mkdir(`${generated}writing/`, { recursive: true });
  await writeFile(FILE, `${program}\nexport { rename };\n`);
  ({ rename } = await import(FILE));
});

/** Return a new task as a client has read it, and a client with `more` options. */
async function read(options) {
  const document = 'mutation { createTask(input: { title: "Old" }) { task { id } } }';
  const { createTask: { task: { id } } } = await ask(document, {}, token);
  const { client, requests } = makeClient(token, options);
  const { data } = await client.query({ query: TASK, variables: { id } });
  return { client, requests, task: data.task, kept: () => client.readQuery({ query: TASK, variables: { id } }).task };
}

test('the list shows a change', async () => {
  const { client, task, kept } = await read();
  const { renamed } = await rename(client, task, 'New');
  assert.equal(renamed.version, task.version + 1);
  assert.equal(kept().title, 'New');
});

test('a conflict shows the record of the concurrent change', async () => {
  const { client, task, kept } = await read();
  const theirs = 'mutation ($id: ID!) { updateTask(input: { id: $id, title: "Theirs" }) { errors { code } } }';
  await ask(theirs, { id: task.id }, token);
  const answer = await rename(client, task, 'Mine');
  assert.equal(answer.theirs.title, 'Theirs');
  assert.deepEqual([kept().title, kept().version], ['Theirs', task.version + 1]);
});

test('an error has its field', async () => {
  const { client, task } = await read();
  const { wrong, field } = await rename(client, task, '');
  assert.match(wrong, /1-200 characters/);
  assert.equal(field, 'title');
});

test('a request without a response is sent again with its key, and executed once', async () => {
  let lost = 0;
  const losing = async (address, options) => {
    const response = await fetch(address, options);
    if (lost === 0 && options.body.includes('Rename')) {
      lost += 1;
      throw new TypeError('The answer was lost.');
    }
    return response;
  };
  const { client, task, kept } = await read({ fetch: losing });
  const { renamed } = await rename(client, task, 'Once');
  assert.equal(lost, 1);
  assert.equal(renamed.version, task.version + 1);
  assert.equal(kept().title, 'Once');
});
