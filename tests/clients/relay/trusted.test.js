// A server that executes only trusted documents: those of the Relay compiler's manifest, which is pushed while it runs.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import runtime from 'relay-runtime';
import { OWNER } from '../support/asking.js';
import { runTool } from '../support/commands.js';
import { folder, generated } from '../support/places.js';
import { startServer } from '../support/server.js';
import { makeEnvironment } from './environment.js';

const place = `${generated}relay-trusted/`;
const manifest = `${place}persisted.json`;
const artifact = (name) => createRequire(place)(`./artifacts/${name}.graphql.js`);
let server;
let token;

before(async () => {
  await rm(place, { recursive: true, force: true });
  await mkdir(`${place}artifacts`, { recursive: true });
  await writeFile(`${place}package.json`, '{ "type": "commonjs" }\n');
  const config = JSON.parse(await readFile(`${folder}relay/relay.config.json`, 'utf8'));
  const own = {
    ...config,
    src: '../../relay/src',
    schema: '../schema.graphql',
    artifactDirectory: './artifacts',
    persistConfig: { file: './persisted.json' },
  };
  await writeFile(`${place}relay.config.json`, JSON.stringify(own));
  await writeFile(manifest, '{}\n'); // the compiler adds to an existing file
  await runTool(folder, 'relay-compiler', ['relay.config.json'], { cwd: place });
  server = await startServer({ WORKLINE_PERSISTED_DOCUMENTS: 'trusted' });
  token = (await server.command('token', OWNER.email)).trim();
});

after(() => server?.stop());

const fetch = (name, variables) => {
  const { environment } = makeEnvironment(token, server.url);
  return runtime.fetchQuery(environment, artifact(name), variables).toPromise();
};

/** Return the codes of the response to a request without Relay. */
async function codes(request) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await globalThis.fetch(server.url, { method: 'POST', headers, body: JSON.stringify(request) });
  return ((await response.json()).errors ?? []).map(({ extensions }) => extensions.code);
}

test('the manifest is checked and pushed, and its documents are executed by their ids', async () => {
  const documents = JSON.parse(await readFile(manifest, 'utf8'));
  const { id, text } = artifact('commentsQuery').params;
  assert.equal(text, null);
  assert.match(documents[id], /^query commentsQuery/);
  assert.match(await server.command('documents', 'check', '--quiet', manifest), / 0 with problems/);
  const count = Object.keys(documents).length;
  assert.match(await server.command('documents', 'push', manifest), new RegExp(`^${count} documents stored`));
  const { comments } = await fetch('commentsQuery', {});
  assert.equal(comments.nodes.length, 10);
  const list = { count: 2, filter: null, orderBy: [{ title: {} }] };
  assert.equal((await fetch('taskListQuery', list)).__id !== undefined, true);
  assert.deepEqual(await codes({ query: documents[id] }), []);
});

test('other documents are refused', async () => {
  assert.deepEqual(await codes({ query: '{ viewer { user { name } } }' }), ['QUERY_NOT_IN_SAFELIST']);
  assert.deepEqual(await codes({ query: '{ __typename }' }), ['QUERY_NOT_IN_SAFELIST']);
  assert.deepEqual(await codes({ doc_id: 'unknown' }), ['PERSISTED_DOCUMENT_NOT_FOUND']);
});

test('the server has logged no error', () => {
  assert.deepEqual(server.log.filter(({ level }) => level === 'error'), []);
});
