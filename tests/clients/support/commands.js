// Execution of programs and their output.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Return the output of a program. Throws an error with it if the exit status is not 0. */
export async function run(program, words, options = {}) {
  try {
    const { stdout } = await execute(program, words, { maxBuffer: 64 << 20, ...options });
    return stdout;
  } catch (error) {
    if (error.stdout === undefined) throw error;
    throw new Error(`${program} ${words.join(' ')}\n${error.stdout}${error.stderr || error.message}`);
  }
}

/** Return the path of a program from a package. */
export const runTool = (folder, name, words, options = {}) =>
  run(`${folder}node_modules/.bin/${name}`, words, { cwd: folder, ...options });
