// The server under test, with everything it needs in a folder that is gone afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { project, python } from './places.js';

const READY = /^ *Playground +(?<url>\S+)$/;
const PATIENCE = 60_000;

/** Another web application, that calls the API from a browser. */
export const ORIGIN = 'http://app.example';

/** Nothing of the developer's own settings: no `.env`, no DATABASE_URL. */
function environment(home) {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const kept = Object.entries({ PATH, HOME, LANG, TMPDIR }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(kept),
    PYTHONPATH: project,
    WORKLINE_DATA_DIR: join(home, 'data'),
    WORKLINE_LOG_FORMAT: 'json',
    WORKLINE_CORS_ORIGINS: ORIGIN,
  };
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
}

/** The address that it tells when it is ready. Throws with all it has said when it ends or takes too long. */
async function addressOf(server, lines) {
  const said = [];
  const ended = () => new Error(`The server did not start:\n${said.join('\n')}`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(ended()), PATIENCE);
    server.once('error', reject).once('exit', () => reject(ended()));
    lines.on('line', (line) => {
      said.push(line);
      const url = READY.exec(line)?.groups.url;
      if (url) resolve(url);
    });
    lines.once('close', () => clearTimeout(timer));
  });
}

/** A running server: its `url`, its `log()` so far, and how to `stop()` it. */
export async function startServer() {
  const home = await mkdtemp(join(tmpdir(), 'workline-clients-'));
  const options = { cwd: home, env: environment(home), stdio: ['ignore', 'pipe', 'pipe'] };
  const server = spawn(python, ['-m', 'graphql_app', 'serve', '--port', '0'], options);
  const records = [];
  const output = createInterface({ input: server.stdout });
  const errors = createInterface({ input: server.stderr });
  for (const lines of [output, errors]) lines.on('line', (line) => records.push(parse(line)));
  const stop = async () => {
    if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit');
    await rm(home, { recursive: true, force: true });
  };
  try {
    return { url: await addressOf(server, output), log: () => records, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
