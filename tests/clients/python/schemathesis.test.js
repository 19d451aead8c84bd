// Documents that schemathesis generates, sent to a separate server, because they change its data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OWNER } from '../support/asking.js';
import { run } from '../support/commands.js';
import { folder } from '../support/places.js';
import { startServer } from '../support/server.js';

test('no document of schemathesis causes a server error', async (context) => {
  const server = await startServer();
  try {
    const token = await server.command('token', OWNER.email, '--hours', '12');
    const home = `${folder}python`;
    const options = ['-m', 'pytest', '-p', 'no:cacheprovider', '-s', '-q', 'generated_documents.py'];
    const env = { ...process.env, WORKLINE_URL: server.url, WORKLINE_TOKEN: token.trim() };
    const said = await run(`${home}/.venv/bin/python`, options, { cwd: home, env });
    context.diagnostic(/^\d+ documents: .*$/m.exec(said)[0]);
    assert.deepEqual(server.log.filter(({ level }) => level === 'error'), []);
  } finally {
    await server.stop();
  }
});
