// GraphQL over HTTP, as the audits of graphql-http see it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { logIn, url } from '../support/asking.js';

let token;

before(async () => {
  token = await logIn();
});

/** As a client sends it: with a token, without which a GET is refused that another site could have sent. */
const withToken = (address, options) =>
  fetch(address, { ...options, headers: { ...options?.headers, authorization: `Bearer ${token}` } });

test('audits', async () => {
  const audits = serverAudits({ url, fetchFn: withToken });
  const results = await Promise.all(audits.map(({ fn }) => fn()));
  console.log(results.length);
  console.log(results.filter(({ status }) => status !== 'ok').map(({ id, name, status, reason }) => `${id} ${name} ${status} ${reason}`));
});
