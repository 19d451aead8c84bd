// Tools of clients with a schema that has every scalar: their types are strings, and JSON is unknown.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { buildSchema, introspectionFromSchema, isScalarType, isSpecifiedScalarType } from 'graphql';
import { run, runTool } from '../support/commands.js';
import { folder, generated, project, python } from '../support/places.js';

const home = `${folder}scalars`;
const output = `${generated}scalars`;
const PRINT = 'from tests.domains.kinds.api import build; print(build().schema.as_str())';

before(async () => {
  await mkdir(output, { recursive: true });
  const sdl = await run(python, ['-c', PRINT], { cwd: project });
  await writeFile(`${output}/schema.graphql`, sdl);
  const data = introspectionFromSchema(buildSchema(sdl));
  await writeFile(`${output}/introspection.json`, JSON.stringify({ data }));
});

test('the types of all scalars are configured', async () => {
  const schema = buildSchema(await readFile(`${output}/schema.graphql`, 'utf8'));
  const declared = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
  const configured = JSON.parse(await readFile(`${home}/scalars.json`, 'utf8'));
  assert.deepEqual(Object.keys(configured).sort(), declared.map(({ name }) => name).sort());
  const relay = JSON.parse(await readFile(`${home}/relay/relay.config.json`, 'utf8'));
  assert.deepEqual(relay.customScalarTypes, configured);
});

test('graphql-codegen', async () => {
  await runTool(folder, 'graphql-codegen', ['--config', `${home}/codegen/codegen.ts`], { cwd: `${home}/codegen` });
  await runTool(folder, 'tsc', ['--project', `${home}/codegen`]);
});

test('the Relay compiler', async () => {
  const artifacts = `${output}/relay`;
  await rm(artifacts, { recursive: true, force: true });
  await mkdir(artifacts, { recursive: true });
  await runTool(folder, 'relay-compiler', ['relay.config.json'], { cwd: `${home}/relay` });
  const types = await readFile(`${artifacts}/samplesQuery.graphql.ts`, 'utf8');
  const typed = Object.fromEntries([...types.matchAll(/^ {6}readonly (\w+): (.*);$/gm)].map(([, name, type]) => [name, type]));
  for (const name of ['big', 'moment', 'day', 'hour', 'local', 'lasting', 'data', 'amount', 'span', 'wide', 'shift']) {
    assert.equal(typed[name], 'string | null | undefined', name);
  }
  assert.equal(typed.doc, 'unknown | null | undefined');
  assert.equal(typed.label, 'string');
});

test('gql.tada', async () => {
  // its command needs the API of TypeScript, which TypeScript 7 does not have
  const introspection = JSON.parse(await readFile(`${output}/introspection.json`, 'utf8')).data;
  const types = outputIntrospectionFile(minifyIntrospection(introspection), { fileType: '.d.ts', shouldPreprocess: true });
  await writeFile(`${output}/tada.d.ts`, types);
  await runTool(folder, 'tsc', ['--project', `${home}/tada`]);
});

test('gql 3.5, sgqlc and ariadne-codegen, run by pytest', async (context) => {
  const tools = `${folder}tools`;
  const said = await run(`${tools}/.venv/bin/python`, ['-m', 'pytest', '-p', 'no:cacheprovider'], { cwd: tools });
  context.diagnostic(said.trim().split('\n').at(-1));
});
