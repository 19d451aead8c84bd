// Cross-origin requests from an origin in the settings: preflights of the browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { url } from '../support/asking.js';
import { ORIGIN } from '../support/server.js';

const SENT = {
  'Apollo Client': ['content-type', 'authorization'],
  'Apollo Client that names itself': ['content-type', 'apollographql-client-name', 'apollographql-client-version'],
  'Apollo Client by GET': ['apollo-require-preflight', 'x-apollo-operation-name'],
  'a client that traces': ['traceparent', 'tracestate', 'sentry-trace', 'baggage'],
  'a client that validates its copies': ['apollo-require-preflight', 'if-none-match'],
  'urql and Relay': ['content-type', 'authorization'],
  'a client that repeats its mutations': ['content-type', 'authorization', 'idempotency-key', 'x-request-id'],
};

const preflight = (origin, method, headers) =>
  fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers.join(','),
    },
  });

for (const [client, headers] of Object.entries(SENT)) {
  test(`${client} may send its headers`, async () => {
    for (const method of ['GET', 'POST']) {
      const response = await preflight(ORIGIN, method, headers);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('access-control-allow-origin'), ORIGIN);
      assert.ok(Number(response.headers.get('access-control-max-age')) >= 600);
    }
  });
}

test('a page of any other origin may not send them', async () => {
  const response = await preflight('http://elsewhere.example', 'POST', ['content-type']);
  assert.equal(response.headers.get('access-control-allow-origin'), null);
});

test('a refused preflight names the setting that allows the origin', async () => {
  const response = await preflight('http://elsewhere.example', 'POST', ['content-type']);
  assert.match(await response.text(), /Add http:\/\/elsewhere\.example to WORKLINE_CORS_ORIGINS/);
});

test('a development server allows the pages of tools on the same machine', async () => {
  const response = await preflight('http://localhost:5173', 'POST', ['content-type', 'authorization']);
  assert.equal(response.headers.get('access-control-allow-origin'), 'http://localhost:5173');
});
