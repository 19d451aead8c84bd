// Tests of Python's gql, which pytest runs in an environment of their own.
import { test } from 'node:test';
import { run } from '../support/commands.js';
import { folder } from '../support/places.js';

test('gql, run by pytest', async (context) => {
  const home = `${folder}python`;
  const said = await run(`${home}/.venv/bin/python`, ['-m', 'pytest', '-p', 'no:cacheprovider'], { cwd: home });
  context.diagnostic(said.trim().split('\n').at(-1));
});
