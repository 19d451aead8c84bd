// Automatic persisted queries: a hash is unknown once, and then found, by POST and by GET.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { logIn, OWNER } from '../support/asking.js';
import { makeClient } from './client.js';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** A query that no other test has sent. */
const newQuery = () => gql(`query Viewer_${randomUUID().replaceAll('-', '')} { viewer { user { email } } }`);

for (const useGETForHashedQueries of [false, true]) {
  const method = useGETForHashedQueries ? 'GET' : 'POST';

  test(`a hash by ${method} is sent with its text once, and then alone`, async () => {
    const links = [new PersistedQueryLink({ sha256, useGETForHashedQueries })];
    const { client, requests } = makeClient(await logIn(), { links });
    const query = newQuery();
    for (const _ of ['first', 'second']) {
      const { data } = await client.query({ query, fetchPolicy: 'network-only' });
      assert.equal(data.viewer.user.email, OWNER.email);
    }
    assert.deepEqual(requests.map((request) => request.method), [method, 'POST', method]);
    assert.deepEqual(requests.map(({ body }) => Boolean(body && JSON.parse(body).query)), [false, true, false]);
  });
}

test('an error of the operation is read like one of a request with the text', async () => {
  const links = [new PersistedQueryLink({ sha256 })];
  const { client } = makeClient(null, { links });
  await assert.rejects(client.query({ query: newQuery() }), (error) => {
    assert.equal(error.errors[0].extensions.code, 'UNAUTHENTICATED');
    return true;
  });
});
