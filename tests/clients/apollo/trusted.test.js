// A server that executes only the documents of the manifest that Apollo's generator has written.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import { OWNER } from '../support/asking.js';
import { runTool } from '../support/commands.js';
import { folder, generated } from '../support/places.js';
import { startServer } from '../support/server.js';
import { makeClient } from './client.js';
import { CREATE, TASKS } from './trusted_documents.js';

const place = `${generated}apollo-trusted/`;
const manifest = `${place}manifest.json`;
let server;
let token;

before(async () => {
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  const config = `${place}persisted-query-manifest.config.json`;
  await writeFile(config, JSON.stringify({ documents: ['apollo/trusted_documents.js'], output: manifest }));
  const env = { ...process.env, NODE_OPTIONS: '' }; // the generator needs graphql 16
  await runTool(folder, 'generate-persisted-query-manifest', ['--config', config], { cwd: folder, env });
  server = await startServer({ WORKLINE_PERSISTED_DOCUMENTS: 'trusted', WORKLINE_TRUSTED_DOCUMENTS: manifest });
  token = (await server.command('token', OWNER.email)).trim();
});

after(() => server?.stop());

/** Return a client that sends the ids of the manifest in place of texts. */
function trustedClient() {
  const loadManifest = async () => JSON.parse(await readFile(manifest, 'utf8'));
  return makeClient(token, { links: [new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest }))], uri: server.url });
}

test('the manifest is checked, and its operations are executed by their ids', async () => {
  const { operations } = JSON.parse(await readFile(manifest, 'utf8'));
  assert.deepEqual(operations.map(({ name, type }) => `${type} ${name}`), ['mutation TrustedCreate', 'query TrustedTasks']);
  assert.match(await server.command('documents', 'check', '--quiet', manifest), / 0 with problems/);
  const { client, requests } = trustedClient();
  const title = 'A task of a trusted document';
  const { data } = await client.mutate({ mutation: CREATE, variables: { input: { title } } });
  assert.deepEqual([data.createTask.task.title, data.createTask.errors], [title, []]);
  const { data: found } = await client.query({ query: TASKS, variables: { first: 2, title } });
  assert.deepEqual(found.tasks.nodes.map((task) => task.id), [data.createTask.task.id]);
  const bodies = requests.map(({ body }) => JSON.parse(body));
  assert.deepEqual(bodies.map(({ query }) => query), [undefined, undefined]);
  const hashes = bodies.map(({ extensions }) => extensions.persistedQuery.sha256Hash);
  assert.deepEqual(hashes.sort(), operations.map(({ id }) => id).sort());
});

test('a document that is not in the manifest is refused', async () => {
  const { client } = makeClient(token, { uri: server.url });
  await assert.rejects(client.query({ query: gql`{ viewer { user { name } } }` }), (error) => {
    assert.equal(error.errors[0].extensions.code, 'QUERY_NOT_IN_SAFELIST');
    return true;
  });
});

test('the server has logged no error', () => {
  assert.deepEqual(server.log.filter(({ level }) => level === 'error'), []);
});
