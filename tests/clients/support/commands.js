// Running a program and reading what it says.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The output of a program. Throws with all it has said when its exit status is not 0. */
export async function run(program, words, options = {}) {
  try {
    const { stdout } = await execute(program, words, { maxBuffer: 64 << 20, ...options });
    return stdout;
  } catch (error) {
    if (error.stdout === undefined) throw error;
    throw new Error(`${program} ${words.join(' ')}\n${error.stdout}${error.stderr || error.message}`);
  }
}

/** A program that came with a package. */
export const runTool = (folder, name, words, options = {}) =>
  run(`${folder}node_modules/.bin/${name}`, words, { cwd: folder, ...options });
