// Programs of docs/clients.md that refresh sessions, with a server whose tokens expire after seconds.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER } from '../support/asking.js';
import { generated } from '../support/places.js';
import { startServer } from '../support/server.js';
import { writeFiles } from './page.js';

const place = `${generated}docs-session/`;
const SECONDS = 8;
const HOUR = 3_600_000;
const VIEWER = 'query Viewer { viewer { user { name } } }';

const { now } = Date;
const { fetch } = globalThis;
const sent = [];
let server;

before(async () => {
  server = await startServer({ WORKLINE_TOKEN_TTL: String(SECONDS) });
  await writeFiles(place, server.url);
  await writeFile(`${place}package.json`, '{ "type": "module" }');
  globalThis.fetch = async (address, options) => {
    const response = await fetch(address, options);
    const operation = /LogIn|RefreshSession/.exec(options?.body ?? '')?.[0] ?? 'query';
    sent.push(response.status < 400 ? operation : `${operation} ${response.status}`);
    return response;
  };
});

after(async () => {
  Object.assign(globalThis, { fetch });
  Date.now = now;
  await server?.stop();
});

/** Return the names that two concurrent queries return, and the requests that they took. */
async function askTwice(query) {
  sent.length = 0;
  const names = await Promise.all([query(), query()]);
  return { names, sent: sent.toSorted() };
}

const CLIENTS = {
  'apollo-session.mjs': async (client) => {
    const { gql } = await import('@apollo/client');
    const query = gql(VIEWER);
    const options = { query, fetchPolicy: 'network-only', context: { queryDeduplication: false } };
    return async () => (await client.query(options)).data.viewer.user.name;
  },
  'urql-session.mjs': async (client) => async () => {
    const { data, error } = await client.query(VIEWER, {}, { requestPolicy: 'network-only' });
    if (error) throw error;
    return data.viewer.user.name;
  },
};

for (const [file, queryOf] of Object.entries(CLIENTS)) {
  test(`${file} refreshes before the expiry, and after a refusal, once`, async () => {
    const session = await import(`${place}session.mjs`);
    const { client } = await import(place + file);
    const query = await queryOf(client);
    await session.logIn(OWNER);
    const { names: [name], sent: first } = await askTwice(query);
    assert.ok(name);
    assert.ok(!first.includes('RefreshSession'), first.join());

    await sleep(1000 * (SECONDS - 4.5));
    assert.deepEqual((await askTwice(query)).names, [name, name]);
    assert.equal(sent.filter((each) => each === 'RefreshSession').length, 1);
    assert.ok(sent.every((each) => !each.includes('40')), 'no request was refused');

    Date.now = () => now() - HOUR; // a wrong clock: only the server knows that the token has expired
    await sleep(1000 * (SECONDS + 1));
    assert.deepEqual((await askTwice(query)).names, [name, name]);
    assert.equal(sent.filter((each) => each === 'RefreshSession').length, 1);
    assert.ok(sent.some((each) => each.includes('401')), sent.join());
    Date.now = now;
  });
}

test('a session that has ended throws the code of the server', async () => {
  const session = await import(`${place}session.mjs`);
  await session.logIn(OWNER);
  await server.command('user', 'reset-password', OWNER.email);
  await assert.rejects(session.refresh(), { code: /^[A-Z_]+$/ });
  assert.equal(session.accessToken(), undefined);
});
