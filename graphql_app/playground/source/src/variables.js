// The variables an example opens with, as the text of the variables editor.
import { parse } from 'graphql';
import { run } from './server.js';
import { session } from './session.js';

const UNKNOWN = '// The values come from your own data: log in, then open this example again.\n{}';

/** Every leaf of an answer by its response key, in the order of the answer: `{id: ['…', '…'], after: ['…']}`. */
export function leaves(answer, key = '', found = {}) {
  if (answer === null || typeof answer !== 'object') (found[key] ??= []).push(answer);
  else Object.entries(answer).forEach(([name, value]) => leaves(value, Array.isArray(answer) ? key : name, found));
  return found;
}

/** The variables that the operation declares: all values for a list, else the first one. */
export function pickVariables(query, found) {
  const { variableDefinitions } = parse(query).definitions[0];
  const isList = ({ kind, type }) => kind === 'ListType' || (kind === 'NonNullType' && isList(type));
  return Object.fromEntries(
    variableDefinitions
      .map(({ variable, type }) => [variable.name.value, found[variable.name.value], isList(type)])
      .filter(([, values]) => values)
      .map(([name, values, list]) => [name, list ? values : values[0]]),
  );
}

export async function findVariables({ query, variables, source }) {
  if (!source) return variables ? JSON.stringify(variables, null, 2) : '';
  try {
    return JSON.stringify(pickVariables(query, leaves(await run(source, {}, session.headers()))), null, 2);
  } catch {
    return UNKNOWN;
  }
}
