// urql with the persisted exchange: hashes by GET and by POST, with the text only where the hash is unknown.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { logIn, OWNER, url } from '../support/asking.js';

let token;

before(async () => {
  token = await logIn();
});

for (const preferGetForPersistedQueries of [false, 'within-url-limit']) {
  const method = preferGetForPersistedQueries ? 'GET' : 'POST';

  test(`a hash by ${method} is sent with its text once, and then alone`, async () => {
    const requests = [];
    const client = new Client({
      url,
      exchanges: [persistedExchange({ preferGetForPersistedQueries, enableForMutation: true }), fetchExchange],
      preferGetMethod: false,
      fetch: (address, options) => {
        const hasText = new URL(address).searchParams.has('query') || Boolean(JSON.parse(options.body ?? '{}').query);
        requests.push([options.method, hasText]);
        return fetch(address, options);
      },
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
      requestPolicy: 'network-only',
    });
    const query = `query Viewer_${randomUUID().replaceAll('-', '')} { viewer { user { email } } }`;
    for (const _ of ['first', 'second']) {
      const { data, error } = await client.query(query, {});
      assert.equal(error, undefined);
      assert.equal(data.viewer.user.email, OWNER.email);
    }
    assert.equal(requests.length, 3);
    assert.deepEqual(requests.map(([, hasText]) => hasText), [false, true, false]);
    assert.deepEqual([requests[0][0], requests[2][0]], [method, method]);
  });
}
