// Automatic persisted queries, which the server does not support: a client with them enabled works nevertheless.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { logIn, OWNER } from '../support/asking.js';
import { makeClient } from './client.js';

const VIEWER = gql`query Viewer { viewer { user { email } } }`;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

for (const useGETForHashedQueries of [false, true]) {
  const method = useGETForHashedQueries ? 'GET' : 'POST';

  test(`a hash by ${method} is tried once and not again`, async () => {
    const links = [new PersistedQueryLink({ sha256, useGETForHashedQueries })];
    const { client, requests } = makeClient(await logIn(), { links });
    for (const _ of ['first', 'second']) {
      const { data } = await client.query({ query: VIEWER, fetchPolicy: 'network-only' });
      assert.equal(data.viewer.user.email, OWNER.email);
    }
    assert.deepEqual(requests.map((request) => request.method), [method, 'POST', 'POST']);
  });
}
