// Audits of graphql-http for GraphQL over HTTP: all of them pass.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { logIn, url } from '../support/asking.js';

const AUDITS = 61;

/** A GET without a token and without a header that only scripts can set could come from a page of another site. */
const REFUSED_FROM_ANYWHERE = ['5A70', 'D6D5', '6A70'];

let token;

before(async () => {
  token = await logIn();
});

/** Return the failed audits: id, name and reason of each. `headers` are sent with every request. */
async function failures(headers) {
  const fetchFn = (address, options) => fetch(address, { ...options, headers: { ...options?.headers, ...headers } });
  const audits = serverAudits({ url, fetchFn });
  assert.equal(audits.length, AUDITS);
  const results = await Promise.all(audits.map(({ fn }) => fn()));
  return results.filter(({ status }) => status !== 'ok').map(({ id, name, reason }) => ({ id, name, reason }));
}

test('all audits pass with a token', async () => {
  assert.deepEqual(await failures({ authorization: `Bearer ${token}` }), []);
});

test('all audits pass without a token but with a header that requires a preflight', async () => {
  assert.deepEqual(await failures({ 'apollo-require-preflight': 'true' }), []);
});

test('without either, only the optional audits of GET fail', async () => {
  const failed = await failures({});
  assert.deepEqual(failed.map(({ id }) => id), REFUSED_FROM_ANYWHERE);
  for (const { name } of failed) assert.match(name, /^MAY .* GET/);
});
