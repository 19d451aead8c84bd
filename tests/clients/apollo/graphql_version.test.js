// The tests of Apollo Client run with two versions of graphql.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gql } from '@apollo/client';
import { version } from 'graphql';

test('graphql has the version of this run', () => {
  assert.equal(version.split('.')[0], process.env.GRAPHQL_VERSION ?? '16');
  assert.equal(gql('{ a }').kind, 'Document');
});
