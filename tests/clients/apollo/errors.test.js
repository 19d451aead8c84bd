// Error link: reads `extensions.code`, whatever the status of the response.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { logIn } from '../support/asking.js';
import { makeClient } from './client.js';

let token;

before(async () => {
  token = await logIn();
});

/** Return the errors that an error link receives for `query`. */
async function errorsOf(query, variables, { as = token, ...http } = {}) {
  const seen = [];
  const errorLink = new ErrorLink(({ error }) => {
    assert.ok(CombinedGraphQLErrors.is(error), `not the server's own words: ${error}`);
    seen.push(...error.errors);
  });
  const { client } = makeClient(as, { links: [errorLink], ...http });
  await assert.rejects(client.query({ query: gql(query), variables }), CombinedGraphQLErrors);
  return seen;
}

for (const useGETForQueries of [false, true]) {
  const method = useGETForQueries ? 'GET' : 'POST';

  test(`a missing and an invalid token are UNAUTHENTICATED, by ${method}`, async () => {
    for (const as of [null, 'wrong', `${token}x`]) {
      const [error] = await errorsOf('{ viewer { user { id } } }', {}, { as, useGETForQueries });
      assert.equal(error.extensions.code, 'UNAUTHENTICATED');
    }
  });

  test(`an unknown field is GRAPHQL_VALIDATION_FAILED, by ${method}`, async () => {
    const [error] = await errorsOf('{ tasks { nodes { titel } } }', {}, { useGETForQueries });
    assert.equal(error.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    assert.match(error.message, /Did you mean .*title/);
    assert.equal(error.locations.length, 1);
  });
}

const PAGE = 'query Page($first: Int, $after: String) { tasks(first: $first, after: $after) { edges { node { id } } } }';

test('an invalid value is BAD_USER_INPUT, and `argumentPath` names the argument', async () => {
  for (const [variables, argument] of [[{ first: -1 }, 'first'], [{ after: 'nonsense' }, 'after']]) {
    const [error] = await errorsOf(PAGE, variables);
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
    assert.deepEqual(error.extensions.argumentPath, [argument]);
    assert.deepEqual(error.path, ['tasks']);
  }
});

test('a variable of the wrong type is BAD_USER_INPUT', async () => {
  const [error] = await errorsOf(PAGE, { first: 'many' });
  assert.equal(error.extensions.code, 'BAD_USER_INPUT');
});
