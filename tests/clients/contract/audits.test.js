// GraphQL over HTTP, as the audits of graphql-http see it: all of them pass.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { logIn, url } from '../support/asking.js';

const AUDITS = 61;

/** A GET that has neither a token nor a header which only scripts can set: a page of another site could have sent it. */
const REFUSED_FROM_ANYWHERE = ['5A70', 'D6D5', '6A70'];

let token;

before(async () => {
  token = await logIn();
});

/** The audits that are not passed: the id, name and reason of each. `headers` go with every request. */
async function failures(headers) {
  const fetchFn = (address, options) => fetch(address, { ...options, headers: { ...options?.headers, ...headers } });
  const audits = serverAudits({ url, fetchFn });
  assert.equal(audits.length, AUDITS);
  const results = await Promise.all(audits.map(({ fn }) => fn()));
  return results.filter(({ status }) => status !== 'ok').map(({ id, name, reason }) => ({ id, name, reason }));
}

test('all audits pass for whoever is logged in', async () => {
  assert.deepEqual(await failures({ authorization: `Bearer ${token}` }), []);
});

test('all audits pass without a token, for a client that says it is none of another site', async () => {
  assert.deepEqual(await failures({ 'apollo-require-preflight': 'true' }), []);
});

test('without either, what fails are the optional audits of GET', async () => {
  const failed = await failures({});
  assert.deepEqual(failed.map(({ id }) => id), REFUSED_FROM_ANYWHERE);
  for (const { name } of failed) assert.match(name, /^MAY .* GET/);
});
