// Starts a server with the demo data, runs the tests of all clients against it, and stops it.
// `node run.js apollo contract/audits` runs only the files whose path contains one of the words.
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { folder, generated } from './support/places.js';
import { writeSchema } from './support/schema.js';
import { startServer } from './support/server.js';

/** Milliseconds per file: the documents of schemathesis take minutes on a busy machine. */
const PATIENCE = 900_000;
const INTERRUPTED = 130;
const NOT_OURS = /(?:^|\/)(?:node_modules|generated|\.venv)\//;

async function testFiles(words) {
  const paths = await readdir(folder, { recursive: true });
  const tests = paths.filter((path) => path.endsWith('.test.js') && !NOT_OURS.test(path)).sort();
  const chosen = words.length ? tests.filter((path) => words.some((word) => path.includes(word))) : tests;
  if (!chosen.length) throw new Error(`no test file has ${words.join(' or ')} in its path`);
  return chosen;
}

/** Tests of Apollo Client, which runs with graphql 16 and 17. */
const WITH_BOTH = /^(?:apollo|streams)\//;
const WITH_17 = { GRAPHQL_VERSION: '17', NODE_OPTIONS: `--import=${folder}support/graphql17.js` };

/** Exit status of the tests. */
async function runTests(files, environment, signal) {
  const options = ['--test', '--test-concurrency=2', `--test-timeout=${PATIENCE}`, '--test-reporter=spec', ...files];
  const env = { ...process.env, ...environment };
  const tests = spawn(process.execPath, options, { cwd: folder, env, signal, stdio: 'inherit' });
  const [status] = await once(tests, 'close').catch((error) => {
    if (!signal.aborted) throw error;
    return [INTERRUPTED];
  });
  return status ?? INTERRUPTED;
}

/** An internal error in the log of the server is a bug, even if the test of the client passes. */
function reportBugs(log) {
  const bugs = log.filter((line) => line.level === 'error');
  for (const bug of bugs) console.error(bug.exception ?? bug);
  return bugs.length > 0;
}

// an interrupt must also stop the server and remove its folder
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort());

/** Run tests against a server of their own. Return the exit status. */
async function runServed(files, environment) {
  const server = await startServer();
  let status = 1;
  try {
    status = await runTests(files, { ...environment, WORKLINE_URL: server.url }, interruption.signal);
  } finally {
    await server.stop();
  }
  if (!reportBugs(server.log)) return status;
  console.error('The server has logged errors: see above.');
  return status || 1;
}

const files = await testFiles(process.argv.slice(2));
await writeSchema(generated);
let status = await runServed(files, {});
const again = files.filter((path) => WITH_BOTH.test(path));
if (again.length && !interruption.signal.aborted) {
  console.log('Again with graphql 17:');
  status = (await runServed(again, WITH_17)) || status;
}
process.exitCode = status;
