// Examples in the form in which the build of the page reads them, with the names of their operations.
import { readdir, readFile } from 'node:fs/promises';
import { getOperationAST, parse } from 'graphql';
import { parseExample } from '../../../graphql_app/playground/source/build/example.mjs';

const folder = new URL('../../../graphql_app/playground/source/examples/', import.meta.url);

async function load(file) {
  const { title, query } = parseExample(await readFile(new URL(file, folder), 'utf8'));
  return { title, operation: getOperationAST(parse(query)).name.value };
}

const files = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();

/** In the order of the menu: `{ title, operation }`. */
export const examples = await Promise.all(files.map(load));
