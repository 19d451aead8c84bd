// Which types an interface or a union stands for, asked of the server: what `on Node` in a fragment means to the cache.
import { ask } from '../support/asking.js';

const QUESTION = '{ __schema { types { name possibleTypes { name } } } }';

const { __schema: schema } = await ask(QUESTION);

export const possibleTypes = Object.fromEntries(
  schema.types
    .filter((type) => type.possibleTypes)
    .map((type) => [type.name, type.possibleTypes.map(({ name }) => name)]),
);
