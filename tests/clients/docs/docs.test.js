// Programs of docs/clients.md: extracted from the page, compiled, type-checked and run.
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { logIn } from '../support/asking.js';
import { run, runTool } from '../support/commands.js';
import { folder, generated } from '../support/places.js';
import { place, readmeExample, writeFiles } from './page.js';

const TYPED = `${place}typed`;
const RELAY = `${place}relay`;
/** Reads two pages of a list with the client of the README. */
const PAGE = `
import { gql } from '@apollo/client';
globalThis.sessionStorage = { getItem: (key) => (key === 'token' ? process.env.TOKEN : null) };
const { client } = await import('./readme.js');
const query = gql\`query ($after: String) {
  tasks(first: 2, after: $after) { edges { node { id title } } pageInfo { hasNextPage endCursor } }
}\`;
const { data } = await client.query({ query });
await client.query({ query, variables: { after: data.tasks.pageInfo.endCursor }, fetchPolicy: 'network-only' });
const joined = client.readQuery({ query });
console.log(JSON.stringify({ first: data.tasks.edges.length, joined: joined.tasks.edges.length }));
`;
/** Programs that session.test.js runs. */
const SESSIONS = ['session.mjs', 'apollo-session.mjs', 'urql-session.mjs'];
const STRICT = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--skipLibCheck'];

let files;
let env;

before(async () => {
  files = await writeFiles();
  env = { ...process.env, TOKEN: await logIn() };
  await writeFile(`${place}package.json`, '{ "type": "module" }');
});

const runNode = (file) => run(process.execPath, [file], { cwd: place, env });

test('every program on the page has a test', () => {
  const programs = ['apollo.mjs', 'apollo-hashes.mjs', 'urql.mjs', ...SESSIONS, 'socket.mjs'];
  const relay = ['relay.config.js', 'src/fetchParts.js', 'src/WorkerTasks.js'].map((name) => `relay/${name}`);
  assert.deepEqual(files, [...programs, 'typed/codegen.ts', 'typed/src/main.ts', ...relay, 'overdue.py']);
});

test('Apollo Client', async () => {
  const [count, first, second, refused] = (await runNode('apollo.mjs')).trim().split('\n');
  assert.match(count, /^10 of \d\d tasks$/);
  assert.equal(first, 'DONE');
  assert.match(second, /changed|done/);
  assert.equal(refused, "BAD_USER_INPUT [ 'first' ]");
});

test('Apollo Client with hashes and batches', async () => {
  assert.match(await runNode('apollo-hashes.mjs'), /^Ivo Okafor \d+\n$/);
});

test('urql', async () => {
  assert.match(await runNode('urql.mjs'), /^(?:.+: \d+ tasks\n){3}$/);
});

test('WebSocket', async () => {
  assert.equal(await runNode('socket.mjs'), 'Ivo Okafor\n');
});

test('generated types', async () => {
  await runTool(folder, 'graphql-codegen', ['--config', `${TYPED}/codegen.ts`], { cwd: TYPED });
  await runTool(folder, 'tsc', [...STRICT, '--outDir', `${TYPED}/out`, 'src/main.ts'], { cwd: TYPED });
  assert.match(await runNode('typed/out/main.js'), /^priority: /);
});

test('the example of the README, as a page that has stored its token', async () => {
  await writeFile(`${place}readme.ts`, await readmeExample());
  await runTool(folder, 'tsc', [...STRICT, '--lib', 'es2022,dom', 'readme.ts'], { cwd: place });
  await writeFile(`${place}page.mjs`, PAGE);
  assert.deepEqual(JSON.parse(await runNode('page.mjs')), { first: 2, joined: 4 });
});

test('Relay', async () => {
  await writeFile(`${RELAY}/package.json`, '{ "type": "commonjs" }');
  await copyFile(`${generated}schema.graphql`, `${RELAY}/schema.graphql`);
  const config = `${RELAY}/relay.config.js`;
  const withoutGit = `Object.assign(module.exports, { noSourceControl: true });\n`;
  await writeFile(config, withoutGit, { flag: 'a' });
  assert.match(await runTool(folder, 'relay-compiler', [config], { cwd: RELAY }), /compiled documents: 2 reader/);
});

test('Python', async () => {
  const lines = await run(`${folder}python/.venv/bin/python`, ['overdue.py'], { cwd: place, env });
  assert.match(lines, /\w/);
});
