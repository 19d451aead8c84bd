// Possible types of interfaces and unions from the introspection, which the cache needs to match fragments.
import { ask } from '../support/asking.js';

const QUESTION = '{ __schema { types { name possibleTypes { name } } } }';

const { __schema: schema } = await ask(QUESTION);

export const possibleTypes = Object.fromEntries(
  schema.types
    .filter((type) => type.possibleTypes)
    .map((type) => [type.name, type.possibleTypes.map(({ name }) => name)]),
);
