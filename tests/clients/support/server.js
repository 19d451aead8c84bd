// Server under test, with all its files in a temporary folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './commands.js';
import { project, python } from './places.js';

const READY = /^ *Playground +(?<url>\S+)$/;
const PATIENCE = 60_000;

/** Origin of another web application that calls the API from a browser. */
export const ORIGIN = 'http://app.example';

/** Hide the developer's own settings: no `.env`, no DATABASE_URL. */
function environment(home, settings) {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const kept = Object.entries({ PATH, HOME, LANG, TMPDIR }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(kept),
    PYTHONPATH: project,
    WORKLINE_SCHEMA: 'schema',
    WORKLINE_MIGRATIONS: join(project, 'migrations/versions'),
    WORKLINE_DATA_DIR: join(home, 'data'),
    WORKLINE_LOG_FORMAT: 'json',
    WORKLINE_CORS_ORIGINS: ORIGIN,
    ...settings,
  };
}

/** Return a line of the log, or `{ text }` for other output. */
function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
}

/** Yield each line that a process writes to either stream. */
function listen(child, heard) {
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', heard);
}

/** Return the address that the server prints when it is ready. Throws with all output if it ends or takes too long. */
function addressOf(server) {
  const said = [];
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`The server did not start:\n${said.join('\n')}`));
    const timer = setTimeout(fail, PATIENCE);
    server.once('error', reject).once('close', fail);
    listen(server, (line) => {
      said.push(line);
      const url = READY.exec(line)?.groups.url;
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

/**
 * Start a server with `settings`: its `url`, its `log` so far, `command(...words)`, which runs `workline` on its database
 * and returns the output, and `stop()`.
 */
export async function startServer(settings = {}) {
  const home = await mkdtemp(join(tmpdir(), 'workline-clients-'));
  await chmod(home, 0o711); // if root starts the server, PostgreSQL runs as another account, which needs access
  const options = { cwd: home, env: environment(home, settings), stdio: ['ignore', 'pipe', 'pipe'] };
  const server = spawn(python, ['-m', 'graphql_app', 'serve', '--port', '0'], options);
  const closed = once(server, 'close');
  const log = [];
  listen(server, (line) => log.push(parse(line)));
  const stop = async () => {
    server.kill('SIGTERM');
    await closed;
    await rm(home, { recursive: true, force: true });
  };
  try {
    const command = (...words) => run(python, ['-m', 'graphql_app', ...words], { cwd: home, env: options.env });
    return { url: await addressOf(server), log, command, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
