// Every value of every scalar through a server and back, by Apollo Client and by gql 4.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { run } from '../support/commands.js';
import { folder, generated, project, python } from '../support/places.js';

const output = `${generated}scalars`;
const PRINT = `import json
from tests.domains.kinds.values import ROWS, sample
print(json.dumps([sample(index) for index in range(ROWS)]))`;

let server;
let url;
let rows;

before(async () => {
  await mkdir(output, { recursive: true });
  await writeFile(`${output}/values.json`, await run(python, ['-c', PRINT], { cwd: project }));
  rows = JSON.parse(await readFile(`${output}/values.json`, 'utf8'));
  const env = { ...process.env, PYTHONPATH: project };
  const stdio = ['ignore', 'pipe', 'ignore'];
  server = spawn(python, ['-m', 'tests.domains.kinds.serving'], { cwd: project, env, stdio });
  const [port] = await once(createInterface({ input: server.stdout }), 'line');
  url = `http://127.0.0.1:${port}/graphql`;
});

after(async () => {
  server.kill('SIGTERM');
  await once(server, 'close');
});

/** The fields of a sample that have values, such as `small whole big`. */
const fields = () => Object.keys(rows[0]).join(' ');

const addSamples = () => gql(`mutation Add($rows: [AddSampleInput!]!) {
  addSamples(inputs: $rows) { results { sample { id ${fields()} } errors { message } } }
}`);

const samples = () => gql(`query Samples($filter: SampleFilter) {
  samples(filter: $filter) { nodes { id ${fields()} } }
}`);

/** Return a row with a null for each missing value, as the server sends it. */
const complete = (row) => Object.fromEntries(Object.keys(rows[0]).map((name) => [name, row[name] ?? null]));

/** Return an object without `id` and `__typename`. */
const values = ({ id, __typename, ...rest }) => rest;

test('Apollo Client sends and receives every value, in variables, results, filters and its cache', async () => {
  const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
  const { data } = await client.mutate({ mutation: addSamples(), variables: { rows } });
  const added = data.addSamples.results.map(({ sample, errors }) => {
    assert.deepEqual(errors, []);
    return sample;
  });
  assert.deepEqual(added.map(values), rows.map(complete));
  const ids = added.map(({ id }) => id);
  const all = { query: samples(), variables: { filter: { id: { in: ids } } } };
  const { data: read } = await client.query({ ...all, fetchPolicy: 'network-only' });
  assert.deepEqual(read.samples.nodes.map(values), rows.map(complete));
  const { data: cached } = await client.query({ ...all, fetchPolicy: 'cache-only' });
  assert.deepEqual(cached, read);
  let filtered = 0;
  for (const [index, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) {
      if (name === 'doc' || Array.isArray(value) || name === 'single') continue; // have no filter by equality
      const filter = { and: [{ id: { in: ids } }, { [name]: { eq: value } }] };
      const { data: found } = await client.query({ query: samples(), variables: { filter }, fetchPolicy: 'no-cache' });
      assert.ok(found.samples.nodes.some(({ id }) => id === ids[index]), `${name}: ${value}`);
      filtered += 1;
    }
  }
  assert.ok(filtered > 60);
});

test('gql 4 sends and receives every value as Python values, run by pytest', async (context) => {
  const home = `${folder}python`;
  const options = ['-m', 'pytest', '-p', 'no:cacheprovider', 'scalar_values.py'];
  const env = { ...process.env, WORKLINE_URL: url, VALUES: `${output}/values.json` };
  const said = await run(`${home}/.venv/bin/python`, options, { cwd: home, env });
  context.diagnostic(said.trim().split('\n').at(-1));
});
