// Schema in graphql-js: the printed SDL and the introspection must be equal.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import {
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  getIntrospectionQuery,
  isInputObjectType,
  isEnumType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { ask } from '../support/asking.js';
import { generated } from '../support/places.js';

const EVERYTHING = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};

let printed;
let introspected;

before(async () => {
  printed = buildSchema(await readFile(`${generated}schema.graphql`, 'utf8'));
  introspected = buildClientSchema(await ask(getIntrospectionQuery(EVERYTHING)));
});

const ours = (schema) =>
  Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

test('both are valid and equal', () => {
  assert.deepEqual(validateSchema(printed), []);
  assert.deepEqual(validateSchema(introspected), []);
  assert.equal(printSchema(lexicographicSortSchema(introspected)), printSchema(lexicographicSortSchema(printed)));
  assert.deepEqual(findBreakingChanges(introspected, printed), []);
});

/** Return every type, field, argument, input field, enum value and directive, by its coordinate. */
function* documented(schema) {
  yield ['schema', schema];
  for (const type of ours(schema)) {
    yield [type.name, type];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value];
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) yield* fieldsOf(type);
  }
  for (const directive of schema.getDirectives().filter((found) => !isSpecifiedDirective(found))) {
    yield [`@${directive.name}`, directive];
  }
}

function* fieldsOf(type) {
  for (const field of Object.values(type.getFields())) {
    yield [`${type.name}.${field.name}`, field];
    for (const argument of field.args ?? []) yield [`${type.name}.${field.name}(${argument.name}:)`, argument];
  }
}

test('everything has a description', () => {
  const silent = [...documented(introspected)].filter(([, { description }]) => !description?.trim());
  assert.deepEqual(silent.map(([coordinate]) => coordinate), []);
});

test('every deprecation has a reason and a date', () => {
  const deprecated = [...documented(introspected)].filter(([, { deprecationReason }]) => deprecationReason != null);
  const unexplained = deprecated.filter(([, { deprecationReason }]) => !/\d{4}-\d\d-\d\d/.test(deprecationReason));
  assert.deepEqual(unexplained.map(([coordinate]) => coordinate), []);
});

const records = () => introspected.getPossibleTypes(introspected.getType('Node'));
const typeOf = (name, field) => String(introspected.getType(name).getFields()[field].type);

test('every record has an id of its own and can be listed', () => {
  assert.ok(records().length >= 10);
  for (const { name } of records()) {
    assert.equal(typeOf(name, 'id'), 'ID!');
    const list = `${name}Connection`;
    const shape = ['edges', 'nodes', 'pageInfo', 'totalCount'].map((field) => typeOf(list, field));
    assert.deepEqual(shape, [`[${name}Edge!]!`, `[${name}!]!`, 'PageInfo!', 'Int!']);
    assert.deepEqual([typeOf(`${name}Edge`, 'cursor'), typeOf(`${name}Edge`, 'node')], ['String!', `${name}!`]);
  }
});

/** Return the connection fields: their arguments and the type of their nodes. */
function lists() {
  const fields = ours(introspected).filter(isObjectType).flatMap((type) => Object.values(type.getFields()));
  return fields
    .filter(({ type }) => /Connection!?$/.test(String(type)))
    .map(({ args, type }) => ({
      name: String(type).replace(/Connection!?$/, ''),
      taken: Object.fromEntries(args.map((argument) => [argument.name, String(argument.type)])),
    }));
}

test('every list of records takes a filter, an order, and pages in both directions', () => {
  const names = new Set(records().map(({ name }) => name));
  const found = lists().filter(({ name }) => names.has(name));
  assert.ok(found.length >= names.size);
  for (const { name, taken } of found) {
    const { filter, orderBy, first, after, last, before: until } = taken;
    assert.deepEqual([filter, orderBy], [`${name}Filter`, `[${name}OrderBy!]`]);
    assert.deepEqual([first, after, last, until], ['Int', 'String', 'Int', 'String']);
  }
});

test('every list has forward pagination', () => {
  for (const { taken: { first, after } } of lists()) assert.deepEqual([first, after], ['Int', 'String']);
});

test('a root field is nullable, so that its error leaves the others', () => {
  const roots = [introspected.getQueryType(), introspected.getMutationType()];
  const fields = roots.flatMap((type) => Object.values(type.getFields()));
  assert.ok(fields.length > 50);
  assert.deepEqual(fields.filter(({ type }) => String(type).endsWith('!')), []);
});

test('a mutation takes one input, or several with a policy, and returns a payload with errors', () => {
  for (const field of Object.values(introspected.getMutationType().getFields())) {
    const name = field.name[0].toUpperCase() + field.name.slice(1);
    const many = [`inputs: [${name.replace(/s$/, '')}Input!]!`, 'errorPolicy: ErrorPolicy!'];
    const expected = field.args[0].name === 'inputs' ? many : [`input: ${name}Input!`];
    assert.deepEqual(field.args.map((argument) => `${argument.name}: ${argument.type}`), expected);
    assert.equal(String(field.type), `${name}Payload`);
    assert.equal(String(introspected.getType(`${name}Payload`).getFields().errors.type), '[UserError!]!');
  }
});
