// urql's own reader of `@defer` and `@stream`: it accepts streams in all of its requests, without a parameter.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Client, fetchExchange, gql } from '@urql/core';
import { ask, logIn, url } from '../support/asking.js';

const DOCUMENTS = {
  'a fragment of each item': '{ tasks(first: 5) { nodes { id ... @defer { title assignee { id name } } } } }',
  'nested fragments': `{ tasks(first: 3) { nodes { id ... @defer(label: "outer") {
    title comments(first: 2) { nodes { id ... @defer(label: "inner") { body author { id name } } } } } } } }`,
  'overlapping fragments': `{ tasks(first: 4) { nodes { id
    ... @defer(label: "a") { title assignee { id name } } ... @defer(label: "b") { title assignee { id createdAt } } } } }`,
  'a list': '{ tasks(first: 6) { nodes @stream(initialCount: 2) { id title } } }',
};
const ACCEPTED = { 'its own header': undefined, 'deferSpec=20220824': 'multipart/mixed;deferSpec=20220824, application/json' };

let token;

before(async () => {
  token = await logIn();
});

const plain = (document) => document.replaceAll(/@(?:defer|stream)(?:\([^)]*\))?/g, '');

for (const [form, accept] of Object.entries(ACCEPTED)) {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    test(`${form}: ${name} arrives in parts, and completely`, async () => {
      const types = [];
      const client = new Client({
        url,
        exchanges: [fetchExchange],
        preferGetMethod: false,
        fetchOptions: { headers: { authorization: `Bearer ${token}`, ...(accept && { accept }) } },
        fetch: async (address, options) => {
          const response = await fetch(address, options);
          types.push(response.headers.get('content-type'));
          return response;
        },
      });
      const states = await new Promise((resolve) => {
        const seen = [];
        client.query(gql(document), {}).subscribe(({ data, error, hasNext }) => {
          assert.equal(error, undefined);
          seen.push(structuredClone(data));
          if (!hasNext) resolve(seen);
        });
      });
      assert.ok(states.length > 1);
      assert.deepEqual(states.at(-1), await ask(plain(document), {}, token));
      assert.match(types[0], accept ? /^multipart\/mixed; .*deferSpec=20220824$/ : /^text\/event-stream.*deferSpec=20220824$/);
    });
  }
}
