// Login, and a new login when the token is rejected: an auth link and an error link, as Apollo documents them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { from, switchMap } from 'rxjs';
import { LOG_IN, OWNER } from '../support/asking.js';
import { makeClient } from './client.js';

const VIEWER = gql`query Viewer { viewer { user { id email role } } }`;

/**
 * Return a client that keeps its token in `session`, and calls `logInAgain` when the server rejects the token.
 * The login is sent without the token, because the server rejects every operation with an invalid one.
 */
function makeSessionClient(session, logInAgain) {
  const auth = new SetContextLink(({ headers }, { operationName }) => ({
    headers: { ...headers, ...(session.token && operationName !== 'LogIn' && { authorization: `Bearer ${session.token}` }) },
  }));
  const again = new ErrorLink(({ error, operation, forward }) => {
    const refused = CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === 'UNAUTHENTICATED';
    if (refused && logInAgain) return from(logInAgain()).pipe(switchMap(() => forward(operation)));
  });
  return makeClient(null, { links: [again, auth] });
}

async function logInWith(client, session, input) {
  const { data } = await client.mutate({ mutation: gql(LOG_IN), variables: { input } });
  session.token = data.logIn.token;
  return data.logIn;
}

test('the token of a login is accepted by later operations', async () => {
  const session = {};
  const { client } = makeSessionClient(session);
  await assert.rejects(client.query({ query: VIEWER }), CombinedGraphQLErrors);
  await logInWith(client, session, OWNER);
  const { data } = await client.query({ query: VIEWER });
  assert.equal(data.viewer.user.email, OWNER.email);
  assert.equal(data.viewer.user.role, 'OWNER');
});

test('a wrong password is an error of the payload, not of the request', async () => {
  const session = {};
  const { client } = makeSessionClient(session);
  const payload = await logInWith(client, session, { ...OWNER, password: 'wrong' });
  assert.equal(payload.token, null);
  assert.equal(payload.errors[0].__typename, 'ValidationError');
});

test('a rejected token is replaced, and the operation is sent again', async () => {
  const session = { token: 'expired' };
  const { client, requests } = makeSessionClient(session, () => logInWith(client, session, OWNER));
  const { data } = await client.query({ query: VIEWER });
  assert.equal(data.viewer.user.email, OWNER.email);
  assert.equal(requests.length, 3);
});
